/**
 * The recipe `counterfactual`: labelled faces of which face or background is taken away or exchanged, so that a network learns to
 * look at the face and at nothing else. After the augmentation of MSFRNet (Yu et al., IET Image Processing 2023) as its text means
 * it; in the released code an error that is swallowed leaves it without effect. The face is the detector's box.
 */
import type { RgbImage } from '../../../domain/media.js';
import type { Example } from '../../example.js';
import type { Random } from '../../random.js';
import type { RecipeOptions } from '../options.js';
import { mirrored, type Picture } from '../pixels/picture.js';
import { resized } from '../pixels/resize.js';
import { croppedFace, type LabelledFaces } from './labelled.js';
import type { ListedFace } from '../listing.js';

/** What the maker needs. */
export interface Counterfactual {
  readonly faces: LabelledFaces;
  readonly options: RecipeOptions<'counterfactual'>;
  readonly inputSize: number;
}

type Kind = keyof RecipeOptions<'counterfactual'>['kinds'];

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Cut {
  readonly image: RgbImage;
  readonly face: Rectangle;
  readonly label: 0 | 1;
}

/** Where the face box lies on its crop. */
export function faceRectangle({ box }: Pick<ListedFace, 'box'>, cropScale: number, size: number): Rectangle {
  const longer = box === undefined ? 1 : Math.max(box.width, box.height);
  const [width, height] = [box?.width ?? 1, box?.height ?? 1].map((side) => Math.min(size, Math.round((side / longer / cropScale) * size))) as [number, number];
  return { left: Math.round((size - width) / 2), top: Math.round((size - height) / 2), width, height };
}

const isInside = ({ left, top, width, height }: Rectangle, x: number, y: number): boolean => x >= left && x < left + width && y >= top && y < top + height;

/** A crop whose pixels inside or outside the face are taken from elsewhere. @param from - the place that a pixel is taken from */
function replaced({ image, face }: Cut, inside: boolean, from: (x: number, y: number, channel: number) => number): RgbImage {
  const { size } = image;
  const data = new Uint8Array(image.data);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i += 3) {
      if (isInside(face, x, y) !== inside) continue;
      for (let c = 0; c < 3; c++) data[i + c] = from(x, y, c);
    }
  }
  return { size, data };
}

/** Rows and columns of a stretch in a random order; the others stay. */
function shuffledPlaces(start: number, length: number, size: number, random: Random): Int32Array {
  const order = random.shuffled(Array.from({ length }, (_, i) => start + i));
  return Int32Array.from({ length: size }, (_, place) => (place >= start && place < start + length ? (order[place - start] ?? place) : place));
}

/** The face of a crop, at another size. */
function faceAt({ image, face }: Cut, width: number, height: number): Picture {
  const data = new Uint8Array(face.width * face.height * 3);
  for (let y = 0; y < face.height; y++) {
    const from = ((face.top + y) * image.size + face.left) * 3;
    data.set(image.data.subarray(from, from + face.width * 3), y * face.width * 3);
  }
  return resized({ width: face.width, height: face.height, data }, width, height, 'linear');
}

/**
 * What becomes of a crop.
 *
 * @param other - a crop of the other class
 */
export function counterfact(cut: Cut, other: Cut, kind: Kind, random: Random): { readonly image: RgbImage; readonly label: 0 | 1 } {
  const { face, image, label } = cut;
  const { size } = image;
  const opposite = label === 1 ? 0 : 1;
  switch (kind) {
    case 'none':
      return { image, label };
    case 'faceGrey':
    case 'backgroundGrey': {
      const level = 127 + random.below(3);
      const isFace = kind === 'faceGrey';
      return { image: replaced(cut, isFace, () => level), label: isFace && random.chance(0.5) ? opposite : label };
    }
    case 'faceShuffled': {
      const [columns, rows] = [shuffledPlaces(face.left, face.width, size, random), shuffledPlaces(face.top, face.height, size, random)];
      return { image: replaced(cut, true, (x, y, c) => image.data[((rows[y] ?? y) * size + (columns[x] ?? x)) * 3 + c] ?? 0), label: random.chance(0.5) ? opposite : label };
    }
    case 'backgroundShuffled': {
      const [columns, rows] = [shuffledPlaces(0, size, size, random), shuffledPlaces(0, size, size, random)];
      return { image: replaced(cut, false, (x, y, c) => image.data[((rows[y] ?? y) * size + (columns[x] ?? x)) * 3 + c] ?? 0), label };
    }
    case 'faceExchanged': {
      const theirs = faceAt(other, face.width, face.height);
      return { image: replaced(cut, true, (x, y, c) => theirs.data[((y - face.top) * face.width + x - face.left) * 3 + c] ?? 0), label: other.label };
    }
    case 'backgroundExchanged': {
      // Where the other crop's own face would show, its surroundings are mirrored over it.
      const place = (x: number, y: number): number => (isInside(other.face, x, y) ? y * size + (x < size / 2 ? mirrored(2 * other.face.left - x - 1, size) : mirrored(2 * (other.face.left + other.face.width) - x, size)) : y * size + x);
      return { image: replaced(cut, false, (x, y, c) => other.image.data[place(x, y) * 3 + c] ?? 0), label };
    }
  }
}

function flipped({ size, data }: RgbImage): RgbImage {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) for (let c = 0; c < 3; c++) turned[(y * size + x) * 3 + c] = data[(y * size + size - 1 - x) * 3 + c] ?? 0;
  return { size, data: turned };
}

/** A batch of labelled examples. @param random - a stream of this batch's own */
export async function counterfactualBatch({ faces, options, inputSize }: Counterfactual, batchSize: number, random: Random): Promise<readonly Example[]> {
  const cutOf = async (label: 'real' | 'fake', own: Random): Promise<Cut & { readonly face: Rectangle; readonly listed: ListedFace }> => {
    const [listed] = faces.draw(label, own);
    if (listed === undefined) throw new RangeError('counterfactualBatch: a draw has one face');
    return { image: await croppedFace(listed, options.cropScale, inputSize), face: faceRectangle(listed, options.cropScale, inputSize), label: listed.label === 'fake' ? 1 : 0, listed };
  };
  return Promise.all(
    Array.from({ length: batchSize }, async (_, i): Promise<Example> => {
      const own = random.fork(i);
      const cut = await cutOf(i % 2 === 0 ? 'real' : 'fake', own.fork('this'));
      const other = await cutOf(i % 2 === 0 ? 'fake' : 'real', own.fork('other'));
      const kind = own.weighted(options.kinds);
      const { image, label } = counterfact(cut, other, kind, own);
      const { listed } = cut;
      const method = label === 0 ? undefined : kind === 'none' || kind.startsWith('background') ? (listed.method ?? 'forged') : `counterfactual-${kind}`;
      return { crops: [own.chance(options.flip) ? flipped(image) : image], label, source: `${listed.dataset}/${listed.name}`, ...(method === undefined ? {} : { method }) };
    }),
  );
}
