/** Miniature trees in the layout of each data set: only names matter, so the files are empty. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { ManifestItem } from '../../../../src/training/manifest.js';
import type { LayoutOptions } from '../../../../src/training/prepare/layouts/layout.js';
import { LAYOUTS, readLayout, type ReadLayout } from '../../../../src/training/prepare/layouts/read-layout.js';

type Tree = Readonly<Record<string, unknown>>;

async function read(name: string, tree: Tree, options?: LayoutOptions): Promise<ReadLayout & { readonly by: (path: string) => ManifestItem }> {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-layout-'));
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const result = await readLayout(LAYOUTS.find((layout) => layout.name === name) ?? assert.fail(name), folder, options);
  return { ...result, by: (path) => result.items.find((item) => item.path === path) ?? assert.fail(`no item ${path}`) };
}
const empty = (...paths: readonly string[]): Tree => Object.fromEntries(paths.map((path) => [path, '']));

const METHODS = ['Deepfakes', 'Face2Face', 'FaceSwap', 'NeuralTextures', 'FaceShifter'];
const FF: Tree = {
  ...empty(...['raw', 'c23', 'c40'].flatMap((c) => [`original_sequences/youtube/${c}/videos/000.mp4`, `original_sequences/youtube/${c}/videos/003.mp4`, ...METHODS.map((method) => `manipulated_sequences/${method}/${c}/videos/000_003.mp4`)])),
  ...empty('manipulated_sequences/Deepfakes/masks/videos/000_003.mp4', 'original_sequences/actors/c23/videos/01__hugging_happy.mp4', 'manipulated_sequences/DeepFakeDetection/c23/videos/01_02__hugging_happy__YVGY8LOK.mp4'),
  ...empty('manipulated_sequences/Unheard/c23/videos/000_003.mp4', 'readme.txt'),
  'train.json': [['071', '054']],
  'val.json': [['000', '003']],
  'test.json': [['953', '974']],
};

test('FaceForensics++: labels, methods, splits, pairs and masks by folder and name', async () => {
  const { items, by, unknown, notes } = await read('faceforensics', FF);
  assert.equal(items.length, 3 * 7 + 2);
  for (const method of METHODS) {
    const fake = by(`manipulated_sequences/${method}/c40/videos/000_003.mp4`);
    assert.deepEqual([fake.label, fake.method, fake.compression, fake.split, fake.sources, fake.pair], ['fake', method, 'c40', 'val', ['000', '003'], 'original_sequences/youtube/c40/videos/000.mp4']);
  }
  assert.equal(by('manipulated_sequences/Deepfakes/c23/videos/000_003.mp4').mask, 'manipulated_sequences/Deepfakes/masks/videos/000_003.mp4');
  const real = by('original_sequences/youtube/c40/videos/003.mp4');
  assert.deepEqual([real.label, real.method, real.split, real.pair], ['real', undefined, 'val', 'original_sequences/youtube/c23/videos/003.mp4']);
  assert.equal(by('original_sequences/youtube/raw/videos/000.mp4').compression, 'c0');
  assert.deepEqual(by('manipulated_sequences/DeepFakeDetection/c23/videos/01_02__hugging_happy__YVGY8LOK.mp4'), { path: 'manipulated_sequences/DeepFakeDetection/c23/videos/01_02__hugging_happy__YVGY8LOK.mp4', kind: 'video', label: 'fake', dataset: 'DeepFakeDetection', method: 'DeepFakeDetection', compression: 'c23', identities: ['actor-01', 'actor-02'], sources: ['01__hugging_happy'], pair: 'original_sequences/actors/c23/videos/01__hugging_happy.mp4' });
  assert.deepEqual([unknown, notes], [['manipulated_sequences/Unheard/c23/videos/000_003.mp4', 'readme.txt'], []]);
  const compressed = await read('faceforensics', FF, { pair: 'compression' });
  assert.equal(compressed.by('manipulated_sequences/FaceSwap/c40/videos/000_003.mp4').pair, 'manipulated_sequences/FaceSwap/c23/videos/000_003.mp4');
});

test('Celeb-DF: 1 means real in its list, and a list that says otherwise than the folders is refused', async () => {
  const videos = empty('Celeb-real/id0_0003.mp4', 'Celeb-synthesis/id0_id16_0003.mp4', 'YouTube-real/00170.mp4', 'YouTube-real/00001.mp4');
  for (const version of [1, 2]) {
    const { by, notes } = await read(`celeb-df-v${version}`, { ...videos, 'List_of_testing_videos.txt': '1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id16_0003.mp4\n1 Celeb-real/id9_0000.mp4\n' });
    assert.deepEqual(by('Celeb-synthesis/id0_id16_0003.mp4'), { path: 'Celeb-synthesis/id0_id16_0003.mp4', kind: 'video', label: 'fake', dataset: `Celeb-DF-v${version}`, method: 'Celeb-synthesis', split: 'test', identities: ['id0', 'id16'], sources: ['id0_0003'], pair: 'Celeb-real/id0_0003.mp4' });
    assert.deepEqual(['YouTube-real/00170.mp4', 'YouTube-real/00001.mp4', 'Celeb-real/id0_0003.mp4'].map((path) => [by(path).label, by(path).split]), [['real', 'test'], ['real', 'train'], ['real', 'train']]);
    assert.match(notes.join(), /1 videos of List_of_testing_videos\.txt are not there: celeb-real\/id9_0000\.mp4/);
  }
  await assert.rejects(read('celeb-df-v2', { ...videos, 'List_of_testing_videos.txt': '0 YouTube-real/00170.mp4\n' }), { code: 'FW_LAYOUT', message: /real by its folder/ });
});

test('DFDC: REAL and FAKE by metadata.json, with the original of a fake', async () => {
  const { by, items, notes, unknown } = await read('dfdc', { ...empty('part_0/a.mp4', 'part_0/b.mp4', 'test/c.mp4', 'test/d.mp4', 'part_0/e.mp4'), 'part_0/metadata.json': { 'a.mp4': { label: 'FAKE', split: 'train', original: 'b.mp4' }, 'b.mp4': { label: 'REAL', split: 'train' }, 'gone.mp4': { label: 'REAL' } }, 'test/metadata.json': { 'c.mp4': { is_fake: 1 }, 'd.mp4': { is_fake: 0 } } });
  assert.deepEqual(by('part_0/a.mp4'), { path: 'part_0/a.mp4', kind: 'video', label: 'fake', dataset: 'DFDC', split: 'train', sources: ['b.mp4'], pair: 'part_0/b.mp4' });
  assert.deepEqual(items.map(({ label }) => label), ['fake', 'real', 'fake', 'real']);
  assert.deepEqual(unknown, ['part_0/e.mp4']);
  assert.match(notes.join(), /1 listed videos are not there: gone\.mp4/);
  await assert.rejects(read('dfdc', { 'a.mp4': '', 'metadata.json': { 'a.mp4': { label: 'fake?' } } }), { code: 'FW_LAYOUT' });
});

test('DFDC preview: dataset.json says label, set and people', async () => {
  const { by } = await read('dfdc-preview', { ...empty('original_videos/643049/643049_A_001.mp4', 'method_A/643049/643049_A/1.mp4'), 'dataset.json': { 'original_videos/643049/643049_A_001.mp4': { label: 'real', set: 'train', target_id: 643049 }, 'method_A/643049/643049_A/1.mp4': { label: 'fake', set: 'test', target_id: 643049, swapped_id: 12 } } });
  assert.deepEqual(by('method_A/643049/643049_A/1.mp4'), { path: 'method_A/643049/643049_A/1.mp4', kind: 'video', label: 'fake', dataset: 'DFDC-preview', method: 'method_A', split: 'test', identities: ['643049', '12'] });
  assert.equal(by('original_videos/643049/643049_A_001.mp4').label, 'real');
});

test('DeepfakeTIMIT is forged in both qualities, and VidTIMIT beside it is real', async () => {
  const { by, unknown } = await read('deepfake-timit', empty('DeepfakeTIMIT/lower_quality/fadg0/sa1-video-fram1.avi', 'DeepfakeTIMIT/higher_quality/fadg0/sa1-video-fram1.avi', 'DeepfakeTIMIT/higher_quality/fadg0/sa1.wav', 'VidTIMIT/fadg0/video/sa1/001'));
  assert.deepEqual(['lower', 'higher'].map((quality) => by(`DeepfakeTIMIT/${quality}_quality/fadg0/sa1-video-fram1.avi`)).map(({ label, compression, identities, sources }) => [label, compression, identities, sources]), [['fake', 'LQ', ['fadg0', 'fram1'], ['fadg0/sa1']], ['fake', 'HQ', ['fadg0', 'fram1'], ['fadg0/sa1']]]);
  assert.deepEqual(by('VidTIMIT/fadg0/video/sa1/001'), { path: 'VidTIMIT/fadg0/video/sa1/001', kind: 'image', label: 'real', dataset: 'DeepfakeTIMIT', identities: ['fadg0'], sources: ['fadg0/sa1'], group: 'fadg0/sa1' });
  assert.deepEqual(unknown, ['DeepfakeTIMIT/higher_quality/fadg0/sa1.wav']);
});

test('UADFV: real and fake, videos and frames', async () => {
  const { by } = await read('uadfv', empty('real/0007.mp4', 'fake/0007_fake.mp4', 'real/frames/0007/000.png', 'fake/frames/0007_fake/000.png'));
  assert.deepEqual(by('fake/0007_fake.mp4'), { path: 'fake/0007_fake.mp4', kind: 'video', label: 'fake', dataset: 'UADFV', method: 'FakeApp', sources: ['0007'], pair: 'real/0007.mp4' });
  assert.deepEqual(by('fake/frames/0007_fake/000.png'), { path: 'fake/frames/0007_fake/000.png', kind: 'image', label: 'fake', dataset: 'UADFV', method: 'FakeApp', sources: ['0007'], pair: 'real/frames/0007/000.png', group: 'fake/0007_fake' });
  assert.deepEqual([by('real/0007.mp4').label, by('real/frames/0007/000.png').label], ['real', 'real']);
});

test('a plain folder: the innermost real or fake counts, and what is in neither is told', async () => {
  const { by, unknown } = await read('folder', empty('a/real/1.mp4', 'fake/Swap/b/2.png', 'fake/real/3.mp4', 'Forged/4.mkv', '5.mp4', 'real/notes.txt'));
  assert.deepEqual(['a/real/1.mp4', 'fake/Swap/b/2.png', 'fake/real/3.mp4', 'Forged/4.mkv'].map((path) => [by(path).label, by(path).method, by(path).kind]), [['real', undefined, 'video'], ['fake', 'Swap', 'image'], ['real', undefined, 'video'], ['fake', undefined, 'video']]);
  assert.deepEqual(unknown, ['5.mp4', 'real/notes.txt']);
  await assert.rejects(read('folder', empty('x/1.mp4')), { code: 'FW_LAYOUT' });
});
