import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFindings, essenceOf } from '../../src/verdicts/compare.js';
import { createReplaySummary, replayHeadline } from '../../src/verdicts/replay-summary.js';
import type { ReplayResult } from '../../src/verdicts/replay-result.js';
import { renderReplay } from '../../src/verdicts/report/replay-page.js';
import { interview } from './records.js';

const HOSTILE = `<script>alert(1)</script>\u202e"`;

test('the page names what differs, escapes what came from a stream, and holds no script', async () => {
  const summary = createReplaySummary();
  for (const record of await interview(HOSTILE, 4)) {
    const derived = { ...record.finding, warnings: [{ code: 'X', message: HOSTILE }] };
    const common = { stream: HOSTILE, sequence: record.finding.sequence, startMicros: record.finding.startMicros, renumbered: false, recorded: essenceOf(record), derived: essenceOf(record), provenance: [{ path: 'thresholds.forgedAt', recorded: 0.78, derived: 0.9 }] };
    const result: ReplayResult = record.finding.sequence === 3 ? { ...common, ...compareFindings(record.finding, record.finding, 0), outcome: 'not-comparable', obstacle: { kind: 'no-segment', detail: HOSTILE } } : { ...common, ...compareFindings(record.finding, derived, 0), obstacle: null };
    summary.add(result);
  }
  const done = summary.summary();
  assert.equal(replayHeadline(done), '3 of 3 verdicts came out differently, 0 with another label; 1 of 4 could not be compared');
  const page = renderReplay({ summary: done, tolerance: 0.001, topology: 'sha256:0' });
  assert.doesNotMatch(page, /<script|https?:\/\/|\son\w+=/i);
  for (const text of ['&lt;script&gt;alert(1)', '⟨U+202E⟩', 'thresholds.forgedAt: 0.78, now 0.9', 'warnings[0]', 'no-segment', "default-src 'none'"]) assert.ok(page.includes(text), text);
  assert.equal(renderReplay({ summary: done, tolerance: 0.001, topology: 'sha256:0' }), page);
});

test('nothing to compare, and nothing comparable, are not called identical', () => {
  assert.equal(replayHeadline(createReplaySummary().summary()), 'Nothing to compare');
  const summary = createReplaySummary();
  summary.add({ stream: 's', sequence: 0, startMicros: 0, outcome: 'not-comparable', obstacle: { kind: 'earlier-missing', detail: 'x' }, flips: [], probabilityDelta: null, largestScoreDelta: 0, differences: [], differencesOmitted: 0, renumbered: false, recorded: null, derived: null, provenance: [] });
  assert.equal(replayHeadline(summary.summary()), 'None of 1 verdicts could be compared');
});
