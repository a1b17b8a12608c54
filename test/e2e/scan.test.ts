/** The main job, as a newcomer runs it. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import { verifyChain } from '../../src/verdicts/chain.js';
import { accountingFaults, readVerdicts, runCli, startCli, untilStderr, type CliResult } from '../support/cli.js';
import { SAMPLE_PATH, loopedSample, readGroundTruth, shortClip } from '../support/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-scan-'));
const out = join(folder, 'verdicts.jsonl');
const report = join(folder, 'report.html');

describe('scan without arguments', () => {
  let result: CliResult;
  before(async () => {
    result = await runCli(['scan', '--out', out, '--report', report]);
  });

  test('judges the sample that comes with the package, and says where verdicts and report are', () => {
    assert.equal(result.code, EXIT.ok, result.stderr);
    assert.match(result.stdout, /segment 0 .*authentic/);
    assert.match(result.stdout, /segment 9 .*forged/);
    assert.match(result.stdout, /track 1 /);
    assert.match(result.stdout, /alert on the stream, 0:10\.0 to .*open at the last segment/);
    assert.match(result.stdout, /alert on track 2, 0:10\.0 to .*closed as the track ended/);
    assert.match(readFileSync(report, 'utf8'), /<div class="alerts"[\s\S]*Alert on the stream, 0:10\.0/);
    assert.ok(result.stdout.includes(out) && result.stdout.includes(report));
  });

  test('calls no pristine segment forged, no forged segment authentic, and abstains where there is no face', () => {
    const ranges = readGroundTruth().ranges;
    for (const { finding } of readVerdicts(out)) {
      const truth = ranges.find((range) => finding.startMicros >= range.startMicros && finding.startMicros < range.endMicros);
      assert.ok(truth);
      if (truth.label === 'no-face') assert.deepEqual([finding.verdict, finding.reasons], ['inconclusive', ['no-face']], `segment ${finding.sequence}`);
      else assert.equal(finding.verdict, truth.label, `segment ${finding.sequence}: ${String(finding.probability)}`);
    }
  });

  test('accounts for every frame and chains every record', () => {
    const verdicts = readVerdicts(out);
    assert.deepEqual(verdicts.flatMap(accountingFaults), []);
    assert.equal(verdicts.reduce((sum, { finding }) => sum + finding.frames.present, 0), readGroundTruth().clip.frames);
    assert.equal(verdicts.reduce((sum, { finding }) => sum + finding.frames.sampled, 0), 24 * 8);
    assert.deepEqual(verifyChain(verdicts), []);
  });

  test('ends tracks at the hard cuts', () => {
    for (const cut of [10_000_000, 20_000_000]) {
      for (const { finding } of readVerdicts(out)) {
        for (const track of finding.tracks) assert.ok(track.endMicros < cut || track.startMicros >= cut, `track ${track.id} spans ${cut}`);
      }
    }
  });

  test('the report can be built again from the verdicts, byte for byte', async () => {
    const again = join(folder, 'again.html');
    const rebuilt = await runCli(['report', out, '--out', again]);
    assert.equal(rebuilt.code, EXIT.ok, rebuilt.stderr);
    assert.equal(readFileSync(again, 'utf8'), readFileSync(report, 'utf8'));
  });

  test('report refuses a verdict file in which one byte was changed', async () => {
    const changed = join(folder, 'changed.jsonl');
    writeFileSync(changed, readFileSync(out, 'utf8').replace('"verdict":"forged"', '"verdict":"authentic"'));
    const rebuilt = await runCli(['report', changed, '--out', join(folder, 'changed.html')]);
    assert.match(`${rebuilt.stderr}${existsSync(join(folder, 'changed.html')) ? readFileSync(join(folder, 'changed.html'), 'utf8') : ''}`, /FW_VERDICT_(CHAIN|INVALID)|was changed/);
  });
});

describe('scan', () => {
  test('reads standard input, with the same findings but for the stream name', async () => {
    const clip = await shortClip(4, 'ts');
    const file = join(folder, 'file.jsonl');
    const piped = join(folder, 'piped.jsonl');
    assert.equal((await runCli(['scan', clip, '--out', file, '--no-report'])).code, EXIT.ok);
    const result = await runCli(['scan', '-', '--out', piped, '--no-report'], { input: readFileSync(clip) });
    assert.equal(result.code, EXIT.ok, result.stderr);
    const findings = (path: string): unknown[] => readVerdicts(path).map(({ finding }) => ({ ...finding, stream: '' }));
    assert.deepEqual(findings(piped), findings(file));
    assert.ok(findings(file).length > 0);
  });

  test('reads an MP4 with its index at the end from standard input', async () => {
    const piped = join(folder, 'piped-mp4.jsonl');
    const result = await runCli(['scan', '-', '--out', piped, '--no-report'], { input: readFileSync(SAMPLE_PATH) });
    assert.equal(result.code, EXIT.ok, result.stderr);
    assert.equal(readVerdicts(piped).length, 12);
  });

  test('--json prints one object that says how each input fared', async () => {
    const clip = await shortClip(4);
    const result = await runCli(['scan', clip, '--json', '--quiet', '--no-report', '--out', join(folder, 'json.jsonl')]);
    const summary = JSON.parse(result.stdout) as { inputs: { input: string; segments: number; errors: unknown[] }[] };
    assert.deepEqual(summary.inputs.map(({ input, segments, errors }) => ({ input, segments, errors })), [{ input: clip, segments: 2, errors: [] }]);
    assert.equal(result.stderr, '');
  });

  test('--fail-on-forged exits with its own code', async () => {
    const result = await runCli(['scan', SAMPLE_PATH, '--fail-on-forged', '--no-report', '--out', join(folder, 'fail.jsonl')]);
    assert.equal(result.code, EXIT.forged, result.stderr);
  });

  test('Ctrl-C finishes the segments under way and keeps whole records', async () => {
    const path = join(folder, 'interrupted.jsonl');
    const running = startCli(['scan', await loopedSample(20), '--out', path, '--no-report']);
    await untilStderr(running, '10%');
    running.child.kill('SIGINT');
    const result = await running.finished;
    assert.equal(result.code, EXIT.interrupted, result.stderr);
    const verdicts = readVerdicts(path);
    assert.ok(verdicts.length > 0 && verdicts.length < 240, `${verdicts.length} records`);
    assert.deepEqual(verifyChain(verdicts), []);
  });
});

describe('other commands', () => {
  test('--help names every command and every exit code', async () => {
    const { code, stdout } = await runCli(['--help']);
    assert.equal(code, EXIT.ok);
    for (const command of ['scan', 'report', 'lint', 'describe', 'models']) assert.match(stdout, new RegExp(`\\n +${command}\\b`));
    for (const value of Object.values(EXIT)) assert.match(stdout, new RegExp(`\\n +${value} +\\S`));
  });

  test('lint finds nothing wrong with the shipped topology, and all six mistakes of a bad one', async () => {
    assert.equal((await runCli(['lint'])).code, EXIT.ok);
    const bad = await runCli(['lint', 'test/fixtures/topology/six-mistakes.yaml']);
    assert.equal(bad.code, EXIT.usage);
    assert.equal(bad.stdout.split('\n').filter((line) => line.startsWith('error ')).length, 6, bad.stdout);
  });

  test('describe draws the topology, models list shows both networks', async () => {
    assert.match((await runCli(['describe', '--format', 'mermaid'])).stdout, /^(flowchart|graph) /m);
    const models = await runCli(['models', 'list']);
    assert.match(models.stdout, /srm-residual .*single faces[\s\S]*srm-residual-gru/);
  });

  test('a wrong option is a usage error that names it', async () => {
    const result = await runCli(['scan', '--nonsense']);
    assert.equal(result.code, EXIT.usage);
    assert.match(result.stderr, /^error FW_USAGE: .*--nonsense/m);
  });
});

test('finishes when nobody reads on what it prints', async () => {
  const unread = join(folder, 'unread.jsonl');
  const running = startCli(['scan', SAMPLE_PATH, '--out', unread]);
  running.child.stdout?.destroy();
  running.child.stderr?.destroy();
  const { code, signal } = await running.finished;
  assert.deepEqual([code, signal], [EXIT.ok, null]);
  assert.equal(readVerdicts(unread).length, 12);
});
