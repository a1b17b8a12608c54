/** augment, as a user runs it, on pictures of the sample. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { EXIT } from '../../src/cli/exit-codes.js';
import { FfmpegCommand } from '../../src/media/ffmpeg-command.js';
import { openExampleSource } from '../../src/training/examples.js';
import { readManifest } from '../../src/training/manifest.js';
import { runCli, type CliResult } from '../support/cli.js';
import { manifestIn } from '../training/augmentation/sample-faces.js';

describe('augment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-augment-cli-'));
  let manifest = '';
  before(async () => {
    manifest = await manifestIn(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const augment = (...args: readonly string[]): Promise<CliResult> => runCli(['augment', ...args], { cwd: folder });
  const make = (...more: readonly string[]): Promise<CliResult> => augment('make', '--faces', manifest, '--split', 'train', '--batch-size', '4', '--input-size', '48', '--out', 'cache', '--batches', '3', '--workers', '2', '--json', ...more);

  test('landmarks says how many faces were found, and finds nothing twice', async () => {
    const first = await augment('landmarks', manifest, '--json');
    assert.equal(first.code, EXIT.ok, first.stderr);
    assert.deepEqual(JSON.parse(first.stdout), { file: manifest, landmarks: join(folder, 'faces.landmarks.jsonl'), faces: 6, lost: 0 });
    assert.match(first.stderr, /100%: 6 of 6/);
    const again = await augment('landmarks', manifest);
    assert.equal(again.stderr, '');
  });

  test('make keeps one file a batch and goes on where it was', async () => {
    const first = await make();
    assert.equal(first.code, EXIT.ok, first.stderr);
    assert.deepEqual(JSON.parse(first.stdout), { folder: 'cache', first: 0, batches: 3, made: 3, examples: 12 });
    const bytes = readFileSync(join(folder, 'cache/batch-000002.examples'));
    assert.deepEqual(JSON.parse((await make('--batches', '4')).stdout), { folder: 'cache', first: 0, batches: 4, made: 2, examples: 16 });
    assert.deepEqual(readdirSync(join(folder, 'cache')).length, 4);
    assert.deepEqual(readFileSync(join(folder, 'cache/batch-000002.examples')), bytes);
    const other = await make('--seed', '2');
    assert.equal(other.code, EXIT.usage);
    assert.match(other.stderr, /FW_FACES_INVALID: cache\/batch-000000\.examples: .*other options/);
  });

  test('preview draws a sheet of every recipe and a page that names it', async () => {
    for (const recipe of ['self-blended', 'face-xray', 'counterfactual', 'as-is']) {
      const { code, stderr } = await augment('preview', '--faces', manifest, '--recipe', recipe, '--input-size', '48', '--count', '3', '--columns', '3', '--out', `sheets/${recipe}`);
      assert.equal(code, EXIT.ok, stderr);
      const { width, height } = await sharp(join(folder, `sheets/${recipe}.png`)).metadata();
      const rows = recipe === 'self-blended' || recipe === 'face-xray' ? 4 : 2;
      assert.deepEqual([width, height], [3 * 50 + 2, rows * 50 + 2]);
      assert.match(readFileSync(join(folder, `sheets/${recipe}.html`), 'utf8'), new RegExp(`<h1>${recipe}</h1>[^]*src="${recipe}\\.png"[^]*pictures/`));
    }
  });

  test('export writes pictures to the pixel, and clips face for face, with a manifest that evaluate reads', async () => {
    const stills = await augment('export', '--faces', manifest, '--split', 'train', '--batch-size', '4', '--input-size', '64', '--batches', '2', '--workers', '0', '--out', 'stills', '--json');
    assert.equal(stills.code, EXIT.ok, stills.stderr);
    assert.deepEqual(JSON.parse(stills.stdout), { manifest: join(folder, 'stills/manifest.jsonl'), real: 4, forged: 4 });
    const { items, header } = await readManifest(join(folder, 'stills/manifest.jsonl'));
    assert.equal(header.dataset, 'self-blended examples');
    assert.deepEqual(items.map(({ label, path, split }) => [label, path.split('/')[0], split]), items.map(({ label }) => [label, label, 'train']));
    assert.ok(items.every(({ label, method }) => (label === 'fake') === (method !== undefined)));
    assert.deepEqual(items[0]?.box, [7.38, 7.38, 49.23, 49.23]);
    const source = await openExampleSource({ recipe: 'self-blended', faces: [manifest], split: 'train', batchSize: 4, inputSize: 64, clipLength: 1, seed: 1, workers: 0 });
    const [example] = await source.batch(0);
    await source.close();
    assert.deepEqual(await sharp(join(folder, 'stills', items[0].path)).raw().toBuffer(), Buffer.from(example!.crops[0]!.data));
    assert.equal(items[0].label === 'fake' ? 1 : 0, example!.label);

    const clips = await augment('export', '--faces', manifest, '--split', 'train', '--batch-size', '2', '--input-size', '64', '--clip-length', '3', '--batches', '1', '--workers', '0', '--out', 'clips');
    assert.equal(clips.code, EXIT.ok, clips.stderr);
    const videos = await readManifest(join(folder, 'clips/manifest.jsonl'));
    assert.deepEqual(videos.items.map(({ kind, label }) => [kind, label]).sort(), [['video', 'fake'], ['video', 'real']]);
    const { stdout } = await new FfmpegCommand().probe(join(folder, 'clips', videos.items[0]!.path), ['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames,r_frame_rate,width', '-of', 'csv=p=0']);
    assert.equal(stdout.trim(), '64,8/1,3');
  });

  test('what is missing or wrong is said before anything is made', async () => {
    for (const [args, message] of [
      [['make', '--batches', '1', '--out', 'x'], /FW_USAGE: name files of faces/],
      [['make', '--faces', manifest, '--batches', '1'], /FW_USAGE: say with --out/],
      [['preview', '--faces', manifest, '--options', '[1]'], /must be a JSON object/],
      [['preview', '--faces', manifest, '--options', '{"kinds":{"swap":-1}}'], /FW_TRAINING_OPTIONS.*kinds\.swap/],
      [['landmarks', 'nowhere.jsonl'], /FW_INPUT_NOT_FOUND: nowhere\.jsonl/],
    ] as const) {
      const { code, stderr } = await augment(...args);
      assert.deepEqual([code, message.test(stderr)], [EXIT.usage, true], stderr);
    }
  });
});
