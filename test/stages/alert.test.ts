import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertRecord } from '../../src/domain/alert.js';
import type { SegmentVerdict, VerdictLabel } from '../../src/domain/verdict.js';
import { raiseAlerts, type AlertOptions, type AlertState } from '../../src/stages/alert.js';
import { alertProblems } from '../../src/verdicts/alert-schema.js';
import { digestOf } from '../../src/verdicts/canonical.js';
import { makeStream } from '../verdicts/records.js';

const OPTIONS: AlertOptions = { rule: { window: 5, openAfter: 3, closeAfter: 2 }, maxTrackGapMicros: 1_000_000 };
const LEVEL: Readonly<Record<string, number>> = { F: 0.95, A: 0.05, '?': 0.5 };
const LABEL: Readonly<Record<string, VerdictLabel>> = { F: 'forged', A: 'authentic', '?': 'inconclusive' };

/** Records of a stream in which track 1 gets the verdicts that the letters say; a space is a segment without it. */
async function stream(letters: string): Promise<SegmentVerdict[]> {
  const people = Array.from(letters).flatMap((letter, i) => (letter === ' ' ? [] : [{ id: 1, from: i, to: i, level: () => LEVEL[letter]! }]));
  const records = await makeStream({ stream: 'cam', segments: letters.length, people, cropsPerTrack: 0 });
  for (const [i, letter] of Array.from(letters).entries()) assert.equal(records[i]!.finding.verdict, LABEL[letter] ?? 'inconclusive', `segment ${i}`);
  return records;
}

/** All alerts; the state goes through JSON before every step, as it does when it is saved. */
function run(records: readonly SegmentVerdict[], options: AlertOptions = OPTIONS): { readonly alerts: AlertRecord[]; readonly state: AlertState } {
  const stage = raiseAlerts(options);
  let state = stage.initial;
  const alerts: AlertRecord[] = [];
  for (const record of records) {
    const step = stage.advance(JSON.parse(JSON.stringify(state)) as AlertState, record);
    state = step.state;
    alerts.push(...step.alerts);
  }
  return { alerts: [...alerts, ...stage.end(state)], state };
}

const told = (alerts: readonly AlertRecord[], track: number | null = null): string[] => alerts.filter((alert) => alert.track === track).map(({ change, reason, sequence }) => `${change} ${reason} ${sequence}`);

test('opens at the forged segment that makes n of m, not before', async () => {
  assert.deepEqual(told(run(await stream('FAFAF')).alerts), ['opened forged 4', 'closed stream-ended 4']);
  assert.deepEqual(told(run(await stream('FFAA')).alerts), []);
  assert.deepEqual(told(run(await stream('FAAAFAAAF')).alerts), [], 'three, but not within five');
});

test('closes after k authentic segments in a row, and starts counting anew', async () => {
  assert.deepEqual(told(run(await stream('FFFAFAAFF')).alerts), ['opened forged 2', 'closed authentic 6']);
  assert.deepEqual(told(run(await stream('FFFAAFFF')).alerts), ['opened forged 2', 'closed authentic 4', 'opened forged 7', 'closed stream-ended 7']);
});

test('inconclusive segments neither open nor close, and take no place in the window', async () => {
  assert.deepEqual(told(run(await stream('F????F?????F')).alerts), ['opened forged 11', 'closed stream-ended 11']);
  assert.deepEqual(told(run(await stream('FFF????????')).alerts), ['opened forged 2', 'closed stream-ended 10']);
  assert.deepEqual(told(run(await stream('FFFA?A')).alerts), ['opened forged 2', 'closed authentic 5']);
});

test('an alert of a track closes when the track ends, the one of the stream when the stream does', async () => {
  const { alerts } = run(await stream('FFF   '));
  assert.deepEqual(told(alerts, 1), ['opened forged 2', 'closed track-ended 3']);
  assert.deepEqual(told(alerts), ['opened forged 2', 'closed stream-ended 5']);
});

test('a track within its gap is not over', async () => {
  const { alerts } = run(await stream('FFF F'), { ...OPTIONS, maxTrackGapMicros: 4_000_000 });
  assert.deepEqual(told(alerts, 1), ['opened forged 2', 'closed stream-ended 4']);
});

test('tracks are watched each on its own', async () => {
  const people = [{ id: 1, from: 0, to: 5, level: (s: number) => (s % 2 === 0 ? 0.95 : 0.05) }, { id: 2, from: 0, to: 5, level: (s: number) => (s % 2 === 1 ? 0.95 : 0.05) }];
  const { alerts } = run(await makeStream({ stream: 'two', segments: 6, people, cropsPerTrack: 0 }));
  assert.deepEqual([told(alerts)[0], told(alerts, 1)[0], told(alerts, 2)[0]], ['opened forged 2', 'opened forged 4', 'opened forged 5']);
});

test('a record names what it rests on, and is what its schema says', async () => {
  const records = await stream('AFFFAA');
  const { alerts } = run(records);
  const [opened, , closed] = alerts;
  assert.deepEqual(alerts.flatMap(alertProblems), []);
  assert.deepEqual(opened!.grounds.map(({ sequence, probability }) => [sequence, probability]), [1, 2, 3].map((i) => [i, records[i]!.finding.probability]));
  assert.equal(opened!.verdict, records[3]!.hash);
  assert.equal(opened!.ptsMicros, records[3]!.finding.endMicros);
  assert.equal(opened!.id, digestOf({ stream: 'cam', track: null, verdict: records[3]!.hash }));
  assert.equal(closed!.id, opened!.id);
  assert.notDeepEqual(alertProblems({ ...opened, reason: 'authentic' }), []);
  assert.notDeepEqual(alertProblems({ ...opened, extra: 1 }), []);
});

test('alerts open and close by turns, nothing stays open, and the state stays small, whatever the verdicts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom('F', 'A', '?', ' '), maxLength: 40 }), async (letters) => {
      const { alerts, state } = run(await stream(letters));
      for (const track of [null, 1]) {
        const own = alerts.filter((alert) => alert.track === track);
        own.forEach((alert, i) => assert.equal(alert.change, i % 2 === 0 ? 'opened' : 'closed'));
        assert.equal(own.length % 2, 0);
      }
      assert.ok(state.tracks.length <= 1 && state.stream.recent.length <= OPTIONS.rule.window);
    }),
    { numRuns: 30 },
  );
});
