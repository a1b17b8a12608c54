/** evaluate, as a user runs it, on parts of the sample. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import { evaluationRecordSchema, type EvaluationRecord } from '../../src/evaluation/record-schema.js';
import { readVerdicts, runCli, startCli, untilStderr, type CliResult } from '../support/cli.js';
import { SAMPLE_PATH, derivedClip, loopedSample, shortClip } from '../support/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-evaluate-'));
const data = join(folder, 'data');
const at = (name: string): string => join(folder, name);
const run = (json: string, more: readonly string[] = []): Promise<CliResult> => runCli(['evaluate', data, '--json', at(json), '--csv', at('scores.csv'), '--report', at('page.html'), '--work', at('work'), '--quiet', ...more]);
const read = (name: string): EvaluationRecord => evaluationRecordSchema.parse(JSON.parse(readFileSync(at(name), 'utf8')));

/** Two seconds from a keyframe of the sample, not encoded again. */
const part = (second: number): Promise<string> => derivedClip(`part-${second}.mp4`, ['-ss', `${second}`, '-i', SAMPLE_PATH, '-frames:v', '50', '-c', 'copy']);

async function place(path: string, ...parts: readonly string[]): Promise<string> {
  mkdirSync(join(data, ...parts.slice(0, -1)), { recursive: true });
  copyFileSync(path, join(data, ...parts));
  return Promise.resolve(join(data, ...parts));
}

describe('evaluate on a folder', () => {
  let result: CliResult;
  let files: readonly string[] = [];
  before(async () => {
    files = [
      await place(await shortClip(4), 'real', 'a', 'clip.mp4'),
      await place(await part(6), 'real', 'b', 'clip.mp4'),
      await place(await part(12), 'fake', 'Blend', 'clip.mp4'),
      await place(await derivedClip('still.png', ['-ss', '14', '-i', SAMPLE_PATH, '-frames:v', '1']), 'fake', 'Blend', 'still.png'),
    ];
    await place(await part(20), 'real', 'empty.mp4');
    writeFileSync(await place(SAMPLE_PATH, 'real', 'broken.mp4'), readFileSync(SAMPLE_PATH).subarray(0, 3000));
    result = await run('first.json');
  });

  test('gives the figures of a computation by hand from the verdicts of a scan', async () => {
    assert.equal(result.code, EXIT.someFailed, result.stderr);
    const record = read('first.json');
    const scan = await runCli(['scan', ...files, '--out', at('verdicts.jsonl'), '--no-report', '--quiet']);
    assert.equal(scan.code, EXIT.ok, scan.stderr);
    const logOdds = new Map<string, number[]>();
    for (const { finding } of readVerdicts(at('verdicts.jsonl'))) {
      const p = finding.probability ?? finding.tracks[0]?.probability ?? assert.fail();
      logOdds.set(finding.stream, [...(logOdds.get(finding.stream) ?? []), Math.log(p / (1 - p))]);
    }
    const scores = files.map((file) => (logOdds.get(file) ?? []).reduce((sum, x, _, all) => sum + x / all.length, 0)).map((x) => Math.round(1e4 / (1 + Math.exp(-x))) / 1e4);
    const pairs = scores.slice(0, 2).flatMap((real) => scores.slice(2).map((forged) => Number(forged > real)));
    assert.equal(record.video.auc, pairs.reduce((sum, pair) => sum + pair, 0) / 4);
    assert.deepEqual([record.video.real, record.video.forged], [2, 2]);
    const loss = scores.reduce((sum, p, i) => sum - Math.log(i < 2 ? 1 - p : p) / 4, 0);
    assert.equal(record.video.logLoss, Math.round(loss * 1e6) / 1e6);
    const csv = readFileSync(at('scores.csv'), 'utf8').split('\r\n');
    for (const [i, name] of ['real/a/clip.mp4', 'real/b/clip.mp4', 'fake/Blend/clip.mp4', 'fake/Blend/still.png'].entries()) assert.equal(csv.find((line) => line.startsWith(`${name},`))?.split(',')[9], String(scores[i]), name);
  });

  test('counts what it could not score, with the reason', () => {
    const { coverage, groups } = read('first.json');
    assert.deepEqual(coverage.videos, { total: 6, scored: 4, real: { total: 4, scored: 2 }, fake: { total: 2, scored: 2 }, unscored: { unreadable: 1, 'no-face': 1 } });
    const { present, sampled, notSampled, undecodable, analysed, scored, skipped } = coverage.frames;
    assert.equal(present, 100 + 50 + 50 + 1 + 50);
    assert.equal(sampled + notSampled + undecodable, present);
    assert.equal(analysed + Object.values(skipped).reduce((sum, count) => sum + count, 0), sampled);
    assert.equal(scored, sampled - (skipped['no-face'] ?? 0));
    assert.deepEqual(groups.map(({ by, name }) => [by, name]), [['dataset', 'data'], ['method', 'Blend']]);
    assert.match(result.stdout, /coverage: 4 of 6 videos/);
    assert.match(readFileSync(at('page.html'), 'utf8'), /Without one: 1 unreadable, 1 no-face/);
  });

  test('goes on from outcomes that are there, a torn one left aside, and gives the same figures with other workers', async () => {
    const outcomes = at('work/outcomes.jsonl');
    const lines = readFileSync(outcomes, 'utf8').split('\n');
    writeFileSync(outcomes, `${lines.slice(0, 3).join('\n')}\n${(lines[3] ?? '').slice(0, 100)}`);
    const again = await run('again.json', ['--workers', '1']);
    assert.match(again.stderr, /3 of 6 outcomes were in/);
    assert.equal(readFileSync(at('again.json'), 'utf8'), readFileSync(at('first.json'), 'utf8'));
    assert.equal(readFileSync(outcomes, 'utf8').split('\n').length, lines.length);
  });

  test('another convention costs no new judging, and --no-face says what becomes of videos without a score', async () => {
    const sbi = await run('sbi.json', ['--convention', 'sbi']);
    assert.match(sbi.stderr, /6 of 6 outcomes were in/);
    assert.deepEqual([read('sbi.json').video.count, read('sbi.json').convention.noFace], [6, 'half']);
    await run('abstain.json', ['--convention', 'sbi', '--no-face', 'abstain', '--resamples', '0']);
    assert.deepEqual([read('abstain.json').video.count, read('abstain.json').video.auc95], [4, null]);
  });

  test('a sweep evaluates worse copies of the same videos, those that cannot be made counted among them', async () => {
    const swept = await run('swept.json', ['--robustness', '--variants', 'x264:45,resize:0.5']);
    assert.equal(swept.code, EXIT.someFailed, swept.stderr);
    const { robustness = [], video } = read('swept.json');
    assert.deepEqual(robustness.map(({ variant }) => variant), ['as-is', 'x264:45', 'resize:0.5']);
    assert.equal(robustness[0]?.video.auc, video.auc);
    for (const step of robustness) assert.equal(step.video.count + step.unscored, 6, step.variant);
    const outcomes = readFileSync(at('work/outcomes.jsonl'), 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as { path: string });
    assert.equal(outcomes.filter(({ path }) => path.startsWith('x264:45/')).length, 5);
    assert.match(readFileSync(at('page.html'), 'utf8'), /id="robustness"[\s\S]*constant rate factor of H\.264/);
  });

  test('a file whose label cannot be told is named, and nothing is run', async () => {
    const unclear = at('unclear');
    mkdirSync(join(unclear, 'sub'), { recursive: true });
    copyFileSync(SAMPLE_PATH, join(unclear, 'sub', 'x.mp4'));
    const { code, stderr } = await runCli(['evaluate', unclear]);
    assert.equal(code, EXIT.usage);
    assert.match(stderr, /FW_LABEL.*1 of 1 files lie in no folder named real or fake: sub\/x\.mp4/);
    assert.match((await runCli(['evaluate'])).stderr, /FW_USAGE.*name a folder or, with --manifest, a manifest/);
  });
});

test('a manifest: one split of it, scored by group, with faces where it says that they are', async () => {
  const own = join(folder, 'listed');
  mkdirSync(own);
  const still = async (name: string, second: number): Promise<void> => {
    copyFileSync(await derivedClip(`${name}.png`, ['-ss', `${second}`, '-i', SAMPLE_PATH, '-frames:v', '1']), join(own, `${name}.png`));
  };
  // Nothing is found in the last: its box is an arbitrary place.
  await still('real', 2);
  await still('fake', 14);
  await still('nobody', 21);
  const item = { kind: 'image', dataset: 'stills', split: 'test' };
  const box = [200, 80, 120, 120];
  const items = [
    { ...item, path: 'real.png', label: 'real', group: 'one', box },
    { ...item, path: 'nobody.png', label: 'real', group: 'one', box },
    { ...item, path: 'fake.png', label: 'fake', method: 'Blend', compression: 'c0' },
    { ...item, path: 'missing.png', label: 'fake', split: 'train' },
  ];
  const manifest = join(own, 'list.jsonl');
  writeFileSync(manifest, [{ schema: 'framewitness.manifest/1', root: '.' }, ...items].map((line) => JSON.stringify(line)).join('\n'));
  const evaluate = async (json: string, more: readonly string[]): Promise<EvaluationRecord> => {
    const { code, stderr } = await runCli(['evaluate', '--manifest', manifest, '--split', 'test', '--json', at(json), '--no-report', '--work', at('listed-work'), '--quiet', ...more]);
    assert.equal(code, EXIT.ok, stderr);
    return read(json);
  };
  const found = await evaluate('found.json', []);
  assert.deepEqual([found.data.items, found.data.split, found.coverage.videos.total, found.coverage.items.scored, found.coverage.faces.found], [3, 'test', 2, 2, 2]);
  assert.deepEqual([found.video.real, found.video.forged, found.frame.count], [1, 1, 2]);
  assert.deepEqual(found.groups.map(({ by, name }) => [by, name]), [['dataset', 'stills'], ['method', 'Blend'], ['compression', 'c0']]);
  const given = await evaluate('given.json', ['--boxes']);
  assert.deepEqual([given.convention.boxes, given.coverage.items.scored, given.coverage.faces.found, given.frame.count], [true, 3, 3, 3]);
  const { code, stderr } = await runCli(['evaluate', '--manifest', manifest, '--split', 'val']);
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /list\.jsonl lists nothing of the split val/);
});

test('Ctrl-C keeps the outcomes that are there', async () => {
  const own = join(folder, 'interrupted');
  mkdirSync(join(own, 'real'), { recursive: true });
  copyFileSync(await shortClip(2), join(own, 'real', '1.mp4'));
  copyFileSync(await loopedSample(10), join(own, 'real', '2.mp4'));
  const running = startCli(['evaluate', own, '--no-report', '--work', at('kept')]);
  await untilStderr(running, '50%: 1 of 2 files');
  running.child.kill('SIGINT');
  const { code, stderr } = await running.finished;
  assert.equal(code, EXIT.interrupted, stderr);
  assert.match(stderr, /1 of 2 outcomes are in .*kept: the same command goes on from there/);
  assert.equal(readFileSync(at('kept/outcomes.jsonl'), 'utf8').split('\n').length, 2);
});
