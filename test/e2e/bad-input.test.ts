/** Bad inputs through the built command line: each gets one error with a code, and the files beside it their verdicts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { DAMAGED_CLIP_FRAMES, makeBadInputs, makeHostileNames, makeLinkLoop, type BadInput } from '../support/bad-inputs.js';
import { accountingFaults, errorLines, readVerdicts, runCli, startCli, untilStderr, verdictsOf, type CliResult } from '../support/cli.js';
import { loopedSample, REPOSITORY, shortClip } from '../support/sample.js';

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'framewitness-bad-input-'));
});

after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Scans `inputs` and gives the run's outcome and its verdicts. */
async function scan(name: string, inputs: readonly string[], options: Parameters<typeof runCli>[1] = {}): Promise<{ result: CliResult; verdicts: readonly SegmentVerdict[]; report: string }> {
  const out = join(folder, `${name}.jsonl`);
  const report = join(folder, `${name}.html`);
  const result = await runCli(['scan', '--out', out, '--report', report, '--', ...inputs], options);
  assert.equal(result.timedOut, false, `the scan hung:\n${result.stderr}`);
  return { result, verdicts: existsSync(out) ? readVerdicts(out) : [], report };
}

function assertAddsUp(verdicts: readonly SegmentVerdict[]): void {
  for (const verdict of verdicts) assert.deepEqual(accountingFaults(verdict), [], `${verdict.finding.stream} segment ${verdict.finding.sequence}`);
}

const presentFrames = (verdicts: readonly SegmentVerdict[]): number => verdicts.reduce((sum, { finding }) => sum + finding.frames.present, 0);
const lostFrames = (verdicts: readonly SegmentVerdict[]): number => verdicts.reduce((sum, { finding }) => sum + finding.frames.undecodable, 0);
const analysedFrames = (verdicts: readonly SegmentVerdict[]): number => verdicts.reduce((sum, { finding }) => sum + finding.frames.analysed, 0);

describe('a scan of good files among bad ones', () => {
  let good: string;
  let goodAfter: string;
  let bad: readonly BadInput[];
  let outcome: Awaited<ReturnType<typeof scan>>;

  before(async () => {
    bad = await makeBadInputs(join(folder, 'bad'));
    good = join(folder, 'good.mp4');
    goodAfter = join(folder, 'good-after.mp4');
    copyFileSync(await shortClip(2), good);
    copyFileSync(await shortClip(2), goodAfter);
    outcome = await scan('mixed', [good, ...bad.map(({ path }) => path), goodAfter], { limitMs: 120_000 });
  });

  test('ends with exit code 3: some inputs failed, others were judged', () => {
    assert.equal(outcome.result.code, 3, outcome.result.stderr);
  });

  test('gives the good files the same finding before and after the bad ones', () => {
    const [first, second] = [good, goodAfter].map((path) => verdictsOf(outcome.verdicts, path).map(({ finding: { stream: _, ...finding } }) => finding));
    assert.equal(first!.length, 1);
    assert.equal(first![0]!.frames.present, 50);
    assert.ok(first![0]!.frames.analysed > 0);
    assert.deepEqual(second, first);
  });

  test('has no error line for anything but the bad files, and names each with a code of the catalogue', () => {
    for (const { text } of errorLines(outcome.result.stderr)) assert.ok(bad.some(({ path }) => text.startsWith(`${path}: `)), text);
  });

  test('every bad file gets exactly one error line, of the right code, and only what could be decoded is judged', async (t) => {
    for (const input of bad) {
      await t.test(`${input.fault}: ${input.codes.join(' or ')}`, () => {
        const lines = errorLines(outcome.result.stderr).filter(({ text }) => text.startsWith(`${input.path}: `));
        const verdicts = verdictsOf(outcome.verdicts, input.path);
        assertAddsUp(verdicts);
        assert.ok(lines.length <= 1, `${lines.length} error lines`);
        if (input.silent !== true) assert.equal(lines.length, 1, 'no error line');
        for (const { code } of lines) assert.ok(input.codes.includes(code as never), `${code} is not ${input.codes.join(' or ')}`);
        assert.ok(lines.length === 1 || lostFrames(verdicts) > 0, 'the damage shows nowhere');
        if (input.judged === 'nothing') {
          assert.equal(analysedFrames(verdicts), 0);
          assert.ok(verdicts.every(({ finding }) => finding.verdict === 'inconclusive'));
        } else {
          assert.ok(analysedFrames(verdicts) > 0, 'nothing was judged');
          assert.ok(presentFrames(verdicts) <= DAMAGED_CLIP_FRAMES, `${presentFrames(verdicts)} frames present`);
        }
      });
    }
  });

  test('counts every frame of a file whose pictures are damaged, and judges the part that is not', () => {
    const verdicts = verdictsOf(outcome.verdicts, bad.find(({ path }) => path.endsWith('flipped-bits.mp4'))!.path);
    assert.equal(presentFrames(verdicts), DAMAGED_CLIP_FRAMES);
    assert.ok(lostFrames(verdicts) > 0);
    assert.ok(lostFrames(verdicts) < DAMAGED_CLIP_FRAMES);
    assert.ok(verdicts.some(({ finding }) => finding.reasons.includes('partly-undecodable') || finding.reasons.includes('undecodable')));
  });
});

test('when no input can be judged, standard input among them, the exit code is 4 and each has its error', async () => {
  const bad = (await makeBadInputs(join(folder, 'all-bad'))).filter(({ judged, silent }) => judged === 'nothing' && silent !== true).slice(0, 3);
  const { result, verdicts } = await scan('all-bad', ['-', ...bad.map(({ path }) => path)], { input: Buffer.from('no film\n'.repeat(500)) });
  assert.equal(result.code, 4, result.stderr);
  const named = (line: { readonly code: string; readonly text: string }): string => `${line.code} ${line.text.slice(0, line.text.indexOf(': '))}`;
  assert.deepEqual(errorLines(result.stderr).map(named), ['FW_INPUT_NOT_MEDIA -', ...bad.map(({ codes, path }) => `${codes[0] ?? ''} ${path}`)]);
  assert.deepEqual(verdicts, []);
});

describe('a scan of folders that are hostile', () => {
  let outcome: Awaited<ReturnType<typeof scan>>;
  let names: readonly string[];
  let behindLoop: string;
  let root: string;
  const placesOfErrors = (): readonly string[] => errorLines(outcome.result.stderr).map(({ code, text }) => `${code} ${text.slice(0, text.indexOf(': '))}`);

  before(async () => {
    const clip = await shortClip(1);
    names = makeHostileNames(join(folder, 'names'), clip);
    behindLoop = makeLinkLoop(join(folder, 'loop'), clip);
    root = join(folder, 'permissions');
    mkdirSync(join(root, 'locked'), { recursive: true });
    copyFileSync(clip, join(root, 'readable.mp4'));
    copyFileSync(clip, join(root, 'secret.mp4'));
    chmodSync(join(root, 'secret.mp4'), 0);
    chmodSync(join(root, 'locked'), 0);
    try {
      outcome = await scan('folders', [root, join(folder, 'names'), join(folder, 'loop')], { unprivileged: true });
    } finally {
      chmodSync(join(root, 'locked'), 0o700);
    }
  });

  test('ends with exit code 3, and every clip in them that can be read is judged once', () => {
    assert.equal(outcome.result.code, 3, outcome.result.stderr);
    const judged = outcome.verdicts.map(({ finding }) => finding.stream);
    assert.deepEqual([...judged].sort(), [join(root, 'readable.mp4'), ...names, behindLoop].sort());
    assertAddsUp(outcome.verdicts);
  });

  test('a folder and a file that may not be read, and links that form a ring, get an error each', () => {
    assert.deepEqual([...placesOfErrors()].sort(), [
      `FW_INPUT_UNREADABLE ${join(folder, 'loop/ring-a.mp4')}`,
      `FW_INPUT_UNREADABLE ${join(folder, 'loop/ring-b.mp4')}`,
      `FW_INPUT_UNREADABLE ${join(root, 'locked')}`,
      `FW_INPUT_UNREADABLE ${join(root, 'secret.mp4')}`,
    ]);
  });

  test('neither the terminal nor the report gets the raw text of a hostile file name', () => {
    const { result, report } = outcome;
    for (const text of [result.stdout, result.stderr]) assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    const html = readFileSync(report, 'utf8');
    assert.ok(html.includes('&lt;script&gt;alert(1)'));
    assert.ok(!html.includes('<script>alert(1)'));
    assert.doesNotMatch(html, /[\u0000-\u0008\u001b\u202e]/);
  });
});

describe('files that change during the scan', () => {
  let gone: string;
  let shrinking: string;
  let result: CliResult;
  let verdicts: readonly SegmentVerdict[];

  before(async () => {
    const clip = await shortClip(1, 'ts');
    const pipe = join(folder, 'held.ts');
    gone = join(folder, 'gone.ts');
    shrinking = join(folder, 'shrinking.mp4');
    execFileSync('mkfifo', [pipe]);
    copyFileSync(clip, gone);
    copyFileSync(await loopedSample(20), shrinking);
    const out = join(folder, 'changing.jsonl');
    // The pipe holds the scan at its first input until the second is gone.
    const running = startCli(['scan', '--out', out, '--no-report', pipe, gone, shrinking]);
    await untilStderr(running, 'held.ts: scanning');
    unlinkSync(gone);
    const shrinkingBegun = untilStderr(running, 'shrinking.mp4: scanning');
    await writeFile(pipe, readFileSync(clip));
    await shrinkingBegun;
    truncateSync(shrinking, 800_000);
    result = await running.finished;
    verdicts = readVerdicts(out);
  });

  test('cost an error each and neither a hang nor the verdicts of the others', () => {
    assert.equal(result.timedOut, false, result.stderr);
    assert.equal(result.code, 3, result.stderr);
    assert.equal(errorLines(result.stderr).length, 2, result.stderr);
    assert.equal(verdictsOf(verdicts, join(folder, 'held.ts')).length, 1);
    assertAddsUp(verdicts);
  });

  test('a file that is removed between the start of the scan and its turn gets FW_INPUT_VANISHED', () => {
    assert.deepEqual(errorLines(result.stderr).filter(({ text }) => text.startsWith(`${gone}: `)).map(({ code }) => code), ['FW_INPUT_VANISHED']);
    assert.deepEqual(verdictsOf(verdicts, gone), []);
  });

  test('a file that shrinks while it is read gets FW_INPUT_VANISHED, and what was read of it is judged', () => {
    assert.deepEqual(errorLines(result.stderr).filter(({ text }) => text.startsWith(`${shrinking}: `)).map(({ code }) => code), ['FW_INPUT_VANISHED']);
    assert.ok(analysedFrames(verdictsOf(verdicts, shrinking)) > 0);
  });
});

describe('a topology with six mistakes', () => {
  const topology = join(REPOSITORY, 'test/fixtures/topology/six-mistakes.yaml');

  const placesIn = (text: string): ReadonlySet<string> => new Set(text.match(/\b\d+:\d+\b/g));

  test('scan lists all six with line and column, judges nothing and ends with exit code 2', async () => {
    const out = join(folder, 'six.jsonl');
    const result = await runCli(['scan', '--topology', topology, '--out', out, '--no-report', await shortClip(1)]);
    assert.equal(result.code, 2, result.stderr);
    assert.equal(placesIn(result.stderr).size, 6, result.stderr);
    assert.match(result.stderr, /FW_TOPOLOGY_INVALID/);
    assert.ok(!existsSync(out) || readFileSync(out).length === 0);
  });

  test('lint says the same', async () => {
    const result = await runCli(['lint', topology]);
    assert.equal(result.code, 2, result.stderr);
    assert.equal(placesIn(`${result.stdout}${result.stderr}`).size, 6, `${result.stdout}${result.stderr}`);
  });
});

test('an output that cannot be written is an error before anything is scanned', async () => {
  const result = await runCli(['scan', '--out', join(folder, 'no/such/folder/verdicts.jsonl'), '--no-report', await shortClip(1)]);
  assert.equal(result.code, 2, result.stderr);
  assert.deepEqual(errorLines(result.stderr).map(({ code }) => code), ['FW_OUTPUT_UNWRITABLE']);
  assert.doesNotMatch(result.stderr, /scanning/);
});
