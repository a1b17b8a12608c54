/** Labelled faces, drawn by class and data set, and cropped as the network sees them. */
import type { RgbImage } from '../../../domain/media.js';
import { FramewitnessError } from '../../../domain/errors.js';
import { imbalanced, parseImbalance } from '../../imbalance.js';
import type { Random } from '../../random.js';
import { cropped } from '../canvas.js';
import type { ListedFace } from '../listing.js';
import type { Picture } from '../pixels/picture.js';
import { readPicture } from '../read-picture.js';

/** What is drawn: the faces of one still, or of one track. */
export type Drawn = readonly ListedFace[];

/** How labelled faces are drawn. */
export interface LabelledOptions {
  readonly datasets: Readonly<Record<string, number>>;
  readonly balance: boolean;
  readonly imbalance?: string | undefined;
  readonly seed: number;
}

type Groups = ReadonlyMap<string, readonly Drawn[]>;

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value)) ?? [];
    group.push(value);
    groups.set(keyOf(value), group);
  }
  return groups;
}

/** Faces to draw from, with their labels. */
export class LabelledFaces {
  readonly #all: readonly Drawn[];
  readonly #classes: ReadonlyMap<'real' | 'fake', Groups>;
  readonly #byKey: ReadonlyMap<string, ListedFace>;

  /**
   * @param clipLength - faces of an example; 1 draws single faces, else tracks of at least half as many: a clip of one still would
   * say «still» where the network is to learn «real»
   * @throws FramewitnessError FW_FACES_INVALID where balance is asked for and a class has no face
   */
  constructor(
    listed: readonly ListedFace[],
    private readonly clipLength: number,
    private readonly options: LabelledOptions,
  ) {
    const { datasets, imbalance, balance, seed } = options;
    const named = Object.keys(datasets);
    const wanted = named.length === 0 ? listed : listed.filter(({ dataset }) => (datasets[dataset] ?? 0) > 0);
    const faces = imbalance === undefined ? wanted : imbalanced(wanted, ({ item, label, split }) => ({ path: item, label, ...(split === undefined ? {} : { split }) }), { ...parseImbalance(imbalance), seed });
    this.#byKey = new Map(faces.map((face) => [face.key, face]));
    const tracks = clipLength === 1 ? faces.map((face): Drawn => [face]) : [...grouped(faces, ({ track }) => track).values()].map((track) => [...track].sort((a, b) => a.order - b.order));
    const enough = Math.ceil(clipLength / 2);
    const long = tracks.filter(({ length }) => length >= enough);
    this.#all = long;
    this.#classes = new Map((['real', 'fake'] as const).map((label) => [label, grouped(long.filter(([face]) => face?.label === label), ([face]) => face?.dataset ?? '')]));
    if (long.length === 0) throw new FramewitnessError('FW_FACES_INVALID', clipLength === 1 || tracks.length === 0 ? 'there is no face to make examples of' : `no track has the ${enough} faces or more that clips of ${clipLength} need`);
    const missing = (['real', 'fake'] as const).find((label) => this.#classes.get(label)?.size === 0);
    if (balance && missing !== undefined) throw new FramewitnessError('FW_FACES_INVALID', `there is no ${missing === 'fake' ? 'forged' : 'real'} ${clipLength === 1 ? 'face' : 'track that is long enough'}: a balanced batch needs both classes`);
  }

  /** A clip's worth of faces of one class, or, where classes are not balanced, of any. */
  draw(label: 'real' | 'fake', random: Random): Drawn {
    if (!this.options.balance) return this.#clip(random.pick(this.#all), random);
    return this.#clip(this.#ofClass(label, random), random);
  }

  #ofClass(label: 'real' | 'fake', random: Random): Drawn {
    const groups = this.#classes.get(label) ?? new Map<string, readonly Drawn[]>();
    const shares = Object.fromEntries([...groups.keys()].map((name) => [name, this.options.datasets[name] ?? 1]));
    return random.pick(groups.get(random.weighted(shares)) ?? []);
  }

  /** Consecutive faces of a track from a random one on; a short track is played to and fro. */
  #clip(track: Drawn, random: Random): Drawn {
    if (this.clipLength === 1) return track;
    const start = random.below(Math.max(1, track.length - this.clipLength + 1));
    const tour = track.length < this.clipLength ? [...track, ...track.slice(1, -1).reverse()] : track;
    return Array.from({ length: this.clipLength }, (_, i) => tour[(start + i) % tour.length] as ListedFace);
  }

  /** The same faces in another compression; undefined where one of them has none. */
  counterpart(drawn: Drawn): Drawn | undefined {
    const others = drawn.map(({ counterpart, label }) => {
      const other = counterpart === undefined ? undefined : this.#byKey.get(counterpart);
      return other?.label === label ? other : undefined;
    });
    return others.every((other) => other !== undefined) ? (others) : undefined;
  }

  /** Whether any face has a counterpart of its class. */
  get hasPairs(): boolean {
    return this.#all.some((drawn) => this.counterpart(drawn) !== undefined);
  }
}

/** Where the face box lies on a crop of `cropScale` times its longer side; the whole crop where nobody says. */
export function placeOf(face: ListedFace, picture: Picture, cropScale: number): { readonly centre: readonly [number, number]; readonly side: number } {
  if (face.box === undefined) return { centre: [picture.width / 2, picture.height / 2], side: Math.min(picture.width, picture.height) };
  const { x, y, width, height } = face.box;
  return { centre: [x + width / 2, y + height / 2], side: cropScale * Math.max(width, height) };
}

/** A face as the network sees it. */
export async function croppedFace(face: ListedFace, cropScale: number, inputSize: number): Promise<RgbImage> {
  const picture = await readPicture(face.path);
  return cropped(picture, placeOf(face, picture, cropScale), inputSize);
}

/** The mask that comes with a face, cropped like it; undefined where there is none. */
export async function croppedMask(face: ListedFace, cropScale: number, inputSize: number): Promise<Float32Array | undefined> {
  if (face.mask === undefined) return undefined;
  const mask = await readPicture(face.mask);
  const { data } = cropped(mask, placeOf(face, mask, cropScale), inputSize);
  return Float32Array.from({ length: inputSize * inputSize }, (_, i) => (data[3 * i] ?? 0) / 255);
}
