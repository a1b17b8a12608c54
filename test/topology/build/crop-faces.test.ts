/** Faces cut out of the sample, as `framewitness prepare crops` does it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { cropFaces, type CropFacesResult } from '../../../src/topology/build/crop-faces.js';
import { DEFAULT_TOPOLOGY_PATH } from '../../../src/topology/cards.js';
import { loadTopology } from '../../../src/topology/load.js';
import { MANIFEST_SCHEMA, readFaces, type ManifestItem } from '../../../src/training/manifest.js';
import { evenlySpaced, type CropPlan } from '../../../src/training/prepare/crop-plan.js';
import { SAMPLE_PATH, derivedClip, shortClip } from '../../support/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-crops-'));
const loaded = loadTopology(DEFAULT_TOPOLOGY_PATH);
const plan: CropPlan = { frames: { kind: 'tracks', framesPerSecond: 8 }, size: 64, scale: 1.3, format: 'png', largest: false };

async function items(): Promise<readonly ManifestItem[]> {
  const video = await shortClip(4);
  const broken = join(folder, 'broken.mp4');
  writeFileSync(broken, 'no video');
  // The same pictures with keyframes elsewhere: frames are matched by number, however the file is cut.
  const mask = await derivedClip('mask.mp4', ['-i', video, '-c:v', 'libx264', '-qp', '4', '-g', '13', '-bf', '0']);
  const still = await derivedClip('face.png', ['-i', SAMPLE_PATH, '-frames:v', '1']);
  const of = (path: string, kind: ManifestItem['kind'], more: Partial<ManifestItem> = {}): ManifestItem => ({ path, kind, label: 'fake', dataset: 'set', method: 'Swap', ...more });
  return [of(video, 'video', { mask }), of(still, 'image', { label: 'real' }), of(broken, 'video'), of(await derivedClip('empty.png', ['-f', 'lavfi', '-i', 'color=gray:s=320x240', '-frames:v', '1']), 'image')];
}

async function cut(out: string, more: { readonly stopAfter?: number; readonly plan?: CropPlan; readonly workers?: number } = {}): Promise<CropFacesResult & { readonly remembered: number }> {
  let [done, remembered] = [0, 0];
  const result = await cropFaces({
    manifest: { header: { schema: MANIFEST_SCHEMA, root: '.' }, items: await items(), folder },
    loaded,
    plan: more.plan ?? plan,
    out: join(folder, out),
    workers: more.workers ?? 2,
    timeoutSeconds: 300,
    isStopped: () => done >= (more.stopAfter ?? Infinity),
    onItem: (_item, _cropped, known) => {
      done++;
      if (known) remembered++;
    },
  });
  return { ...result, remembered };
}

function tree(out: string): ReadonlyMap<string, string> {
  const names = readdirSync(join(folder, out), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.endsWith('done'));
  return new Map(names.map((entry) => [join(entry.parentPath, entry.name).slice(join(folder, out).length), readFileSync(join(entry.parentPath, entry.name), 'base64')] as const).sort());
}

describe('faces for training', () => {
  test('come in tracks, with their masks, and what gave none is told', async () => {
    const { complete, items: cropped, file } = await cut('whole');
    assert.ok(complete);
    const faces = await readFaces(file);
    assert.deepEqual(cropped.map((item) => [item.faces.length > 0, item.error?.code]), [[true, undefined], [true, undefined], [false, 'FW_INPUT_NOT_MEDIA'], [false, undefined]]);
    assert.equal(cropped[3]?.skipped['frame-without-face'], 1);
    const ofVideo = faces.items.filter(({ item }) => item.kind === 'video');
    assert.ok(ofVideo.length > 20, `${ofVideo.length}`);
    for (const track of new Set(ofVideo.map((face) => face.track))) assert.deepEqual(ofVideo.filter((face) => face.track === track).map(({ index }) => index), [...ofVideo.filter((face) => face.track === track).keys()]);
    for (const face of ofVideo) {
      assert.equal(face.item.label, 'fake');
      const [crop, mask] = await Promise.all([face.path, face.mask ?? assert.fail('no mask')].map(async (path) => sharp(join(faces.folder, path)).raw().toBuffer()));
      assert.equal(crop!.length, 64 * 64 * 3);
      const difference = crop!.reduce((sum, value, i) => sum + Math.abs(value - mask![i]!), 0) / crop!.length;
      assert.ok(difference < 2, `${face.path}: ${difference}`);
    }
  });

  test('are the same bytes when the run was interrupted, and with another number of workers', async () => {
    const first = await cut('resumed', { stopAfter: 1, workers: 1 });
    assert.deepEqual([first.complete, first.items.length], [false, 1]);
    const second = await cut('resumed', { workers: 1 });
    assert.deepEqual([second.complete, second.remembered], [true, 1]);
    assert.deepEqual(tree('resumed'), tree('whole'));
  });

  test('can be of evenly spaced frames', async () => {
    assert.deepEqual([...evenlySpaced(3, 101)], [0, 50, 100]);
    assert.deepEqual([...evenlySpaced(5, 2)], [0, 1]);
    const { items: cropped } = await cut('spaced', { plan: { ...plan, frames: { kind: 'count', frames: 3 } } });
    assert.deepEqual(cropped.map(({ frames }) => frames), [3, 1, 0, 1]);
    assert.deepEqual(cropped[0]?.faces.map(({ ptsMicros }) => ptsMicros), [0, 2_000_000, 3_960_000]);
  });
});
