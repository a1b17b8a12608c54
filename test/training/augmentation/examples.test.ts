import assert from 'node:assert/strict';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openExampleSource, type Example, type ExampleOptions } from '../../../src/training/examples.js';
import { remixParts } from '../../../src/training/augmentation/remix.js';
import { batchPath } from '../../../src/training/augmentation/source.js';
import { manifestIn, sampleManifest } from './sample-faces.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-examples-'));
let manifest = '';
before(async () => {
  // Landmarks are found once for all tests of this file.
  manifest = await manifestIn(folder);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const options = (more: Partial<ExampleOptions> = {}): ExampleOptions => ({ recipe: 'self-blended', faces: [manifest], split: 'train', batchSize: 4, inputSize: 64, clipLength: 1, seed: 11, workers: 0, ahead: 0, ...more });

async function batches(more: Partial<ExampleOptions>, indices: readonly number[]): Promise<(readonly Example[])[]> {
  const source = await openExampleSource(options(more));
  try {
    const made: (readonly Example[])[] = [];
    for (const index of indices) made.push(await source.batch(index));
    return made;
  } finally {
    await source.close();
  }
}

const batch = async (more: Partial<ExampleOptions>, index = 0): Promise<readonly Example[]> => (await batches(more, [index]))[0]!;
const plain = (examples: readonly Example[]): unknown => examples.map(({ crops, mask, ...rest }) => ({ ...rest, crops: crops.map(({ data }) => Buffer.from(data).toString('base64')), mask: mask === undefined ? null : [...mask] }));

test('a batch is the same in any process, in any order of asking, and another for another seed', async () => {
  const here = await batches({}, [0, 1]);
  const elsewhere = await batches({ workers: 2, ahead: 2 }, [1, 0]);
  assert.deepEqual(plain(elsewhere[1]!), plain(here[0]!));
  assert.deepEqual(plain(elsewhere[0]!), plain(here[1]!));
  assert.notDeepEqual(plain(await batch({ seed: 12 })), plain(here[0]!));
  assert.notDeepEqual(plain(here[0]!), plain(here[1]!));
});

test('pairs of one real and one forged example, the forged with its mask and method', async () => {
  const made = await batch({ batchSize: 8 });
  assert.deepEqual(made.map(({ label, pair }) => [label, pair]), [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2], [0, 3], [1, 3]]);
  for (const [i, example] of made.entries()) {
    assert.deepEqual([example.crops.length, example.crops[0]!.size, example.crops[0]!.data.length], [1, 64, 64 * 64 * 3]);
    assert.match(example.source, /^sample\/pictures\/real-\d\.png$/);
    assert.equal(example.method === undefined, example.label === 0);
    const mean = example.mask!.reduce((sum, value) => sum + value, 0) / example.mask!.length;
    assert.ok(example.label === 0 ? mean === 0 : mean > 0 && mean <= 1, `${i}: ${mean}`);
  }
});

test('both halves have one history: where nothing is forged they are the same to the byte, stills and clips', async () => {
  const nothing = { kinds: { none: 1 }, degrade: 1, tone: 1, before: 1 };
  for (const clipLength of [1, 4]) {
    const made = await batch({ clipLength, batchSize: 12, options: nothing });
    for (let i = 0; i < made.length; i += 2) assert.deepEqual(made[i]!.crops, made[i + 1]!.crops);
  }
});

for (const kind of ['blend', 'swap', 'generator', 'mouth']) {
  test(`${kind}: the halves differ where the mask says so, and hardly elsewhere`, async () => {
    const made = await batch({ batchSize: 8, options: { kinds: { [kind]: 1 }, compression: { none: 1 }, degrade: 0 } });
    for (let i = 0; i < made.length; i += 2) {
      const [real, forged] = [made[i]!, made[i + 1]!];
      let [inside, outside, pixelsInside, pixelsOutside] = [0, 0, 0, 0];
      forged.mask!.forEach((value, pixel) => {
        const difference = [0, 1, 2].reduce((sum, c) => sum + Math.abs(real.crops[0]!.data[3 * pixel + c]! - forged.crops[0]!.data[3 * pixel + c]!), 0) / 3;
        if (value > 0.5) [inside, pixelsInside] = [inside + difference, pixelsInside + 1];
        if (value === 0) [outside, pixelsOutside] = [outside + difference, pixelsOutside + 1];
      });
      assert.ok(pixelsInside > 0 && pixelsOutside > 0);
      assert.ok(inside / pixelsInside > 3 && outside / pixelsOutside < 0.5, `${inside / pixelsInside} inside, ${outside / pixelsOutside} outside`);
    }
  });
}

test('a synthetic head is masked as a whole, and its clip is forged in every frame but for sticking texture, which begins with the second', async () => {
  const shares = { kinds: { synthetic: 1 }, counterweight: 0, compression: { none: 1 }, degrade: 0 };
  for (const example of await batch({ batchSize: 8, options: shares })) if (example.label === 1) assert.ok(example.mask!.filter((value) => value === 1).length > 0.2 * 64 * 64 && example.method!.startsWith('synthetic-'));
  const [real, forged] = await batch({ batchSize: 2, clipLength: 4, options: { ...shares, courses: { sticking: 1 } } });
  const changed = real!.crops.map((crop, t) => crop.data.reduce((sum, value, i) => sum + Math.abs(value - forged!.crops[t]!.data[i]!), 0) / crop.data.length);
  assert.equal(forged!.method, 'synthetic-sticking');
  assert.ok(changed.slice(1).every((difference) => difference > 0));
});

test('Face X-ray masks the boundary: 0 in the middle of the face and at the border, up to 1 between', async () => {
  for (const example of await batch({ recipe: 'face-xray', batchSize: 8 })) {
    const at = (x: number, y: number): number => example.mask![y * 64 + x]!;
    if (example.label === 0) assert.ok(example.mask!.every((value) => value === 0));
    else {
      assert.ok([0, 63].every((side) => at(side, 0) === 0 && at(0, side) === 0));
      assert.ok(Math.max(...example.mask!) > 0.9 && at(32, 32) < 0.5);
    }
  }
});

test('as it is: as many real as forged, and the same picture where nothing is changed', async () => {
  const made = await batch({ recipe: 'as-is', batchSize: 8, options: { flip: 0 } });
  assert.deepEqual(made.map(({ label }) => label), [0, 1, 0, 1, 0, 1, 0, 1]);
  assert.ok(made.every(({ source, label, method }) => source.includes(label === 1 ? 'fake-' : 'real-') && method === (label === 1 ? 'drawn' : undefined)));
  const same = made.filter(({ source }) => source === made[0]!.source);
  assert.ok(same.length > 1 && same.every(({ crops }) => Buffer.compare(Buffer.from(crops[0]!.data), Buffer.from(made[0]!.crops[0]!.data)) === 0));
});

test('clips as they are need tracks of at least half their length', async () => {
  assert.equal((await batch({ recipe: 'as-is', clipLength: 4 }))[1]!.crops.length, 4);
  await assert.rejects(batch({ recipe: 'as-is', clipLength: 6 }), { code: 'FW_FACES_INVALID', message: /forged track/ });
});

test('kept batches are read again, and made again where they are missing', async (t) => {
  const cacheFolder = join((await sampleManifest(t)).folder, 'cache');
  const made = await batches({ cacheFolder }, [0, 1]);
  assert.deepEqual((await readdir(cacheFolder)).sort(), ['batch-000000.examples', 'batch-000001.examples']);
  const bytes = await readFile(batchPath(cacheFolder, 0));
  assert.deepEqual(plain(await batch({ cacheFolder })), plain(made[0]!));
  assert.deepEqual(await readFile(batchPath(cacheFolder, 0)), bytes);
  await assert.rejects(batch({ cacheFolder, seed: 12 }), { code: 'FW_FACES_INVALID', message: /other options/ });
  await truncate(batchPath(cacheFolder, 0), bytes.length - 1);
  await assert.rejects(batch({ cacheFolder }), { code: 'FW_FACES_INVALID', message: /bytes and should have/ });
  await writeFile(batchPath(cacheFolder, 0), 'no batch');
  await assert.rejects(batch({ cacheFolder }), { code: 'FW_FACES_INVALID', message: /no batch of examples/ });
});

test('batches put together anew hold every pair of the made ones once a round, in another order', async (t) => {
  const own = await sampleManifest(t);
  const [distinct, batchSize] = [4, 8];
  const source = await openExampleSource(options({ cacheFolder: join(own.folder, 'cache'), distinct, batchSize }));
  const crops = (examples: readonly Example[]): string[] => examples.map((example) => Buffer.from(example.crops[0]!.data).toString('base64'));
  const [made, again]: [string[], string[]] = [[], []];
  for (let i = 0; i < distinct; i++) made.push(...crops(await source.batch(i)));
  for (let i = distinct; i < 2 * distinct; i++) {
    const remixed = await source.batch(i);
    assert.deepEqual(remixed.map(({ label, pair }) => [label, pair]), [0, 1, 2, 3].flatMap((pair) => [[0, pair], [1, pair]]));
    again.push(...crops(remixed));
  }
  await source.close();
  assert.deepEqual([...again].sort(), [...made].sort());
  assert.notDeepEqual(again, made);
  assert.notDeepEqual(remixParts(distinct, distinct, 11), remixParts(2 * distinct, distinct, 11));
});

test('what cannot be is refused with all mistakes, and where', async (t) => {
  const refused = (more: Partial<ExampleOptions>, code: string, message: RegExp): Promise<void> => assert.rejects(batch(more), { code, message });
  await refused({ batchSize: 3, inputSize: 8, seed: -1 }, 'FW_TRAINING_OPTIONS', /inputSize is 8.*seed is -1.*must be even/);
  await refused({ options: { kinds: { blend: 0 }, faintest: 2, colour: 1 } }, 'FW_TRAINING_OPTIONS', /kinds: .*faintest: .*colour/s);
  await refused({ recipe: 'face-xray', clipLength: 4 }, 'FW_TRAINING_OPTIONS', /single faces/);
  await refused({ split: 'val' }, 'FW_FACES_INVALID', /no face of the split val/);
  await refused({ faces: ['nowhere.jsonl'] }, 'FW_INPUT_NOT_FOUND', /cannot be read/);
  await refused({ options: { datasets: { other: 1 } } }, 'FW_FACES_INVALID', /other; there are: sample/);
  await refused({ recipe: 'as-is', options: { pairs: true } }, 'FW_FACES_INVALID', /counterpart/);
  await refused({ distinct: 4 }, 'FW_TRAINING_OPTIONS', /cacheFolder/);
  const own = await sampleManifest(t);
  await writeFile(join(own.folder, 'pictures/real-1.png'), 'no picture');
  await assert.rejects(openExampleSource(options({ faces: [own.manifest], workers: 1 })), (error: { code: string; location: { input: string } }) => error.code === 'FW_FACES_INVALID' && error.location.input.endsWith('real-1.png'));
});
