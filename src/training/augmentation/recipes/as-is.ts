/** The recipe `as-is`: labelled faces without forging, with ordinary image augmentation. */
import type { RgbImage } from '../../../domain/media.js';
import { FramewitnessError } from '../../../domain/errors.js';
import type { Example } from '../../example.js';
import type { Random } from '../../random.js';
import { drawCodec, compressedClip } from '../compression.js';
import { recompressed, withNoise } from '../detail.js';
import type { RecipeOptions } from '../options.js';
import { placement, type Affine } from '../pixels/affine.js';
import { blurred } from '../pixels/blur.js';
import type { Picture } from '../pixels/picture.js';
import { warped } from '../pixels/warp.js';
import { drawTone, toned } from '../tone.js';
import { croppedFace, croppedMask, type Drawn, type LabelledFaces } from './labelled.js';

/** What the maker needs. */
export interface AsIs {
  readonly faces: LabelledFaces;
  readonly options: RecipeOptions<'as-is'>;
  readonly inputSize: number;
}

/** Draws after which a face without a counterpart is a mistake of the files. */
const PATIENCE = 1000;

/** Compressions of data sets, the least first. */
const COMPRESSIONS = ['c0', 'HQ', 'c23', 'LQ', 'c40'];

/** Losses take the better quality first. Where names do not tell, it is the one that the other names as its pair. */
function betterFirst(found: Drawn, counterpart: Drawn): readonly [better: Drawn, worse: Drawn] {
  const [own, other] = [found, counterpart].map(([face]) => COMPRESSIONS.indexOf(face?.compression ?? '')) as [number, number];
  return own >= 0 && own < other ? [found, counterpart] : [counterpart, found];
}

const pictureOf = ({ size, data }: RgbImage): Picture => ({ width: size, height: size, data });
const grey = (mask: Float32Array, size: number): Picture => ({ width: size, height: size, data: Uint8Array.from({ length: size * size * 3 }, (_, i) => Math.round((mask[Math.floor(i / 3)] ?? 0) * 255)) });

/** A move of the whole crop; undefined where none was drawn. */
function drawMove({ flip, turn, zoom }: AsIs['options'], size: number, random: Random): Affine | undefined {
  const [flips, angle, scale] = [random.chance(flip), random.uniform(-turn, turn), 1 + random.uniform(-zoom, zoom)];
  if (!flips && angle === 0 && scale === 1) return undefined;
  return placement((angle * Math.PI) / 180, [flips ? -scale : scale, scale], [size / 2, size / 2], [size / 2, size / 2]);
}

function withCutout(picture: Picture, random: Random): Picture {
  const { width, height } = picture;
  const [w, h] = [Math.round(width * random.uniform(0.1, 0.33)), Math.round(height * random.uniform(0.1, 0.33))];
  const [left, top] = [random.below(width - w + 1), random.below(height - h + 1)];
  const data = new Uint8Array(picture.data);
  for (let y = top; y < top + h; y++) data.fill(128, (y * width + left) * 3, (y * width + left + w) * 3);
  return { width, height, data };
}

/** Crops as a whole changed: all frames of a clip, and both of a pair, alike. @param random - the same stream, the same changes */
async function augmented(crops: readonly RgbImage[], options: AsIs['options'], random: Random): Promise<readonly RgbImage[]> {
  const size = crops[0]?.size ?? 0;
  const move = drawMove(options, size, random.fork('move'));
  const tone = random.chance(options.tone) ? drawTone(random, 1) : undefined;
  const blur = random.chance(options.blur) ? random.uniform(0.4, 2) : undefined;
  const noise = random.chance(options.noise) ? random.uniform(1, 6) : undefined;
  const quality = random.chance(options.jpeg) ? 30 + random.below(66) : undefined;
  const codec = random.chance(options.video) && size % 2 === 0 ? drawCodec(random) : undefined;
  const cutout = random.chance(options.cutout);
  const pictures: Picture[] = [];
  for (const [step, crop] of crops.entries()) {
    let picture = pictureOf(crop);
    if (move !== undefined) picture = warped(picture, move, size, size);
    if (tone !== undefined) picture = toned(picture, tone);
    if (blur !== undefined) picture = blurred(picture, blur);
    if (noise !== undefined) picture = withNoise(picture, noise, random.fork('noise').fork(step));
    if (quality !== undefined) picture = await recompressed(picture, quality);
    if (cutout) picture = withCutout(picture, random.fork('cutout'));
    pictures.push(picture);
  }
  return compressedClip(pictures, codec).map(({ data }) => ({ size, data }));
}

async function exampleOf(drawn: Drawn, { options, inputSize }: AsIs, random: Random, pair: number | undefined): Promise<Example> {
  const [first] = drawn;
  if (first === undefined) throw new RangeError('exampleOf: a clip has at least one face');
  const crops: RgbImage[] = [];
  for (const face of drawn) crops.push(await croppedFace(face, options.cropScale, inputSize));
  const given = await croppedMask(first, options.cropScale, inputSize);
  const move = drawMove(options, inputSize, random.fork('move'));
  const moved = given === undefined || move === undefined ? given : Float32Array.from({ length: inputSize * inputSize }, ((cover) => (_: unknown, i: number) => (cover.data[3 * i] ?? 0) / 255)(warped(grey(given, inputSize), move, inputSize, inputSize)));
  return {
    crops: await augmented(crops, options, random),
    label: first.label === 'fake' ? 1 : 0,
    source: `${first.dataset}/${first.name}`,
    ...(moved === undefined ? {} : { mask: moved }),
    ...(pair === undefined ? {} : { pair }),
    ...(first.method === undefined ? {} : { method: first.method }),
  };
}

/** A batch of labelled examples. @param random - a stream of this batch's own */
export async function asIsBatch(making: AsIs, batchSize: number, random: Random): Promise<readonly Example[]> {
  const { faces, options } = making;
  const count = options.pairs ? Math.floor(batchSize / 2) : batchSize;
  const examples = await Promise.all(
    Array.from({ length: count }, async (_, i): Promise<readonly Example[]> => {
      const own = random.fork(i);
      const label = i % 2 === 0 ? 'real' : 'fake';
      const drawn = faces.draw(label, own);
      if (!options.pairs) return [await exampleOf(drawn, making, own.fork('augment'), undefined)];
      let [found, other] = [drawn, faces.counterpart(drawn)];
      for (let again = 0; other === undefined && again < PATIENCE; again++) {
        found = faces.draw(label, own);
        other = faces.counterpart(found);
      }
      if (other === undefined) throw new FramewitnessError('FW_FACES_INVALID', `no ${label === 'fake' ? 'forged' : 'real'} face with a counterpart of another compression was found: pairs needs a manifest whose items name their pair`);
      const [better, worse] = betterFirst(found, other);
      return [await exampleOf(better, making, own.fork('augment'), i), await exampleOf(worse, making, own.fork('augment'), i)];
    }),
  );
  return examples.flat();
}
