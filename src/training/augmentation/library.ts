/** Real faces with their landmarks, drawn so that no person and no data set drowns the others. */
import { FramewitnessError } from '../../domain/errors.js';
import type { MeshedFace } from '../landmarks/mesh-finder.js';
import type { Random } from '../random.js';
import type { ListedFace } from './listing.js';
import type { Picture } from './pixels/picture.js';
import { readPicture } from './read-picture.js';

/** A listed face whose landmarks are known. */
export type KnownFace = Omit<ListedFace, 'box'> & MeshedFace;

/** Most bytes of pictures that a library keeps. */
const KEPT_BYTES = 96 * 2 ** 20;
/** Faces from which crops of one video make a clip. */
const SHORTEST_TRACK = 3;

/** Values with how often each is drawn. */
class Drawer<T> {
  readonly #ends: number[] = [];
  readonly #values: readonly T[];

  constructor(values: readonly (readonly [T, number])[]) {
    let end = 0;
    this.#values = values.map(([value]) => value);
    for (const [, weight] of values) this.#ends.push((end += weight));
  }

  draw(random: Random): T {
    const place = random.uniform(0, this.#ends.at(-1) ?? 0);
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) > place) high = middle;
      else low = middle + 1;
    }
    return this.#values[low] as T;
  }
}

interface Person {
  readonly faces: readonly KnownFace[];
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

/** People with many pictures count for more, but only by the square root. */
function peopleOf(faces: readonly KnownFace[]): Drawer<Person> {
  return new Drawer([...grouped(faces, ({ person }) => person).values()].map((own) => [{ faces: own }, Math.sqrt(own.length)] as const));
}

/** Faces to draw from. */
export class Library {
  readonly #datasets: Drawer<string>;
  readonly #people: ReadonlyMap<string, Drawer<Person>>;
  readonly #tracks: ReadonlyMap<string, readonly KnownFace[]>;
  readonly #filmed: Drawer<Person> | undefined;
  readonly #kept = new Map<string, Picture>();
  #bytes = 0;

  /**
   * @param shares - of data sets by name; empty: the square root of its number of faces
   * @throws FramewitnessError FW_FACES_INVALID where there is nothing to draw from
   */
  constructor(
    readonly faces: readonly KnownFace[],
    shares: Readonly<Record<string, number>>,
  ) {
    const byDataset = grouped(faces, ({ dataset }) => dataset);
    const named = Object.keys(shares);
    const unknown = named.filter((name) => !byDataset.has(name));
    if (unknown.length > 0) throw new FramewitnessError('FW_FACES_INVALID', `no real face with landmarks is of the data set ${unknown.join(', ')}; there are: ${[...byDataset.keys()].join(', ') || 'none'}`);
    const weights = [...byDataset].map(([name, own]) => [name, named.length === 0 ? Math.sqrt(own.length) : (shares[name] ?? 0)] as const).filter(([, weight]) => weight > 0);
    if (weights.length === 0) throw new FramewitnessError('FW_FACES_INVALID', 'there is no real face with landmarks to make examples of');
    this.#datasets = new Drawer(weights);
    this.#people = new Map([...byDataset].map(([name, own]) => [name, peopleOf(own)]));
    const tracks = grouped(faces, ({ track }) => track);
    this.#tracks = new Map([...tracks].map(([name, own]) => [name, own.sort((a, b) => a.order - b.order)]));
    const used = new Set(weights.map(([name]) => name));
    const filmed = faces.filter(({ dataset, track }) => used.has(dataset) && (this.#tracks.get(track)?.length ?? 0) >= SHORTEST_TRACK);
    this.#filmed = filmed.length === 0 ? undefined : peopleOf(filmed);
  }

  /** One face. @param dataset - whose; absent: by the shares */
  draw(random: Random, dataset = this.#datasets.draw(random)): KnownFace {
    const people = this.#people.get(dataset);
    if (people === undefined) throw new FramewitnessError('FW_INTERNAL', `no faces of the data set ${dataset}`);
    return random.pick(people.draw(random).faces);
  }

  /** One face of those of which there are several in one video; undefined where there are none. */
  drawFilmed(random: Random): KnownFace | undefined {
    return this.#filmed === undefined ? undefined : random.pick(this.#filmed.draw(random).faces);
  }

  /** All faces of the video and track that a face is of, in order of time. */
  trackOf(face: KnownFace): readonly KnownFace[] {
    return this.#tracks.get(face.track) ?? [face];
  }

  /** The picture of a face. */
  async picture({ path }: Pick<KnownFace, 'path'>): Promise<Picture> {
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    const picture = await readPicture(path);
    this.#kept.set(path, picture);
    this.#bytes += picture.data.length;
    for (const [oldest, { data }] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= data.length;
    }
    return picture;
  }
}
