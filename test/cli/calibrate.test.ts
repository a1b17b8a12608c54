/** calibrate, as a user runs it: what it writes into cards and topology leaves nothing to calibrate. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { EXIT } from '../../src/cli/exit-codes.js';
import { parseCard } from '../../src/models/card.js';
import { runCli } from '../support/cli.js';
import { REPOSITORY, SAMPLE_PATH, derivedClip } from '../support/sample.js';

interface Snippet {
  readonly stages: { readonly fuse: { readonly calibration: { readonly scale: number; readonly offset: number } }; readonly verdict: { readonly forgedAt: number; readonly authenticAt: number } };
}

test('cards and topology with what was fitted give the identity when fitted again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-calibrate-'));
  for (const file of ['srm-residual.card.json', 'srm-residual.safetensors']) copyFileSync(join(REPOSITORY, 'weights', file), join(folder, file));
  const topology = join(folder, 'topology.yaml');
  const write = (scale: number, offset: number): void => {
    writeFileSync(topology, `version: "1.0"\nstages:\n  score:\n    models:\n      - { name: faces, card: srm-residual.card.json }\n  fuse:\n    calibration: { scale: ${scale}, offset: ${offset} }\n`);
  };
  write(1, 0);
  for (const [label, seconds] of [['real', [1, 3, 7]], ['fake', [12, 14, 17]]] as const) {
    mkdirSync(join(folder, 'data', label), { recursive: true });
    for (const second of seconds) copyFileSync(await derivedClip(`second-${second}.mp4`, ['-ss', `${second}`, '-i', SAMPLE_PATH, '-frames:v', '25', '-c:v', 'libx264', '-threads', '1']), join(folder, 'data', label, `${second}.mp4`));
  }
  const run = ['calibrate', join(folder, 'data'), '--topology', topology, '--work', join(folder, 'work'), '--quiet'];
  const first = await runCli([...run, '--write-cards', '--json', join(folder, 'fit.json')]);
  assert.equal(first.code, EXIT.ok, first.stderr);
  const before = parseCard(readFileSync(join(REPOSITORY, 'weights/srm-residual.card.json'), 'utf8'), 'before').card;
  const { card } = parseCard(readFileSync(join(folder, 'srm-residual.card.json'), 'utf8'), 'after');
  const { models } = JSON.parse(readFileSync(join(folder, 'fit.json'), 'utf8')) as { models: { faces: { own: { scale: number; offset: number } } } };
  const { scale, offset } = models.faces.own;
  assert.ok(Math.abs(card.calibration.scale - scale * before.calibration.scale) < 1e-5);
  assert.ok(Math.abs(card.calibration.offset - (scale * before.calibration.offset + offset)) < 1e-5);
  assert.match(card.calibration.fittedOn, /3 real and 3 forged videos.*sha256:.*framewitness calibrate/);
  assert.equal(card.thresholds?.forgedAt, (parse(first.stdout) as Snippet).stages.verdict.forgedAt);

  const { stages } = parse(first.stdout) as Snippet;
  write(stages.fuse.calibration.scale, stages.fuse.calibration.offset);
  const second = await runCli([...run, '--write-cards']);
  assert.equal(second.code, EXIT.ok, second.stderr);
  const again = parseCard(readFileSync(join(folder, 'srm-residual.card.json'), 'utf8'), 'again').card;
  // Scores are read from verdicts with 4 decimals.
  assert.ok(Math.abs(again.calibration.scale / card.calibration.scale - 1) < 0.01, `${again.calibration.scale} ${card.calibration.scale}`);
  assert.ok(Math.abs(again.calibration.offset - card.calibration.offset) < 0.01);
  const whole = (parse(second.stdout) as Snippet).stages.fuse.calibration;
  assert.ok(Math.abs(whole.scale - stages.fuse.calibration.scale) < 0.01, `${whole.scale} ${stages.fuse.calibration.scale}`);
});

test('data of one class is refused, with what is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-calibrate-'));
  mkdirSync(join(folder, 'real'));
  copyFileSync(await derivedClip('second-1.mp4', ['-ss', '1', '-i', SAMPLE_PATH, '-frames:v', '25', '-c:v', 'libx264', '-threads', '1']), join(folder, 'real', '1.mp4'));
  const { code, stderr } = await runCli(['calibrate', folder, '--work', join(folder, 'work'), '--quiet']);
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /FW_CALIBRATION: there is no scored forged video to fit on/);
});
