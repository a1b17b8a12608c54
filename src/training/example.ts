/** What a training step eats: faces or clips with labels, made ahead of it by a recipe. */
import type { RgbImage } from '../domain/media.js';

/** One face or one clip. */
export interface Example {
  /** One face, or `clipLength` faces of one person in order of time; side = the network's input size. */
  readonly crops: readonly RgbImage[];
  /** 1 = forged. */
  readonly label: 0 | 1;
  /** Where it comes from: the data set's name and the path of the real face, `dataset/path`. */
  readonly source: string;
  /** size × size in [0, 1], row by row: 1 where forged. Of a clip: of its first face. Of a real face: absent or all 0. */
  readonly mask?: Float32Array;
  /** Examples with the same number are the real and the forged of one draw, or two compressions of one frame. Unique in a batch. */
  readonly pair?: number;
  /** Manipulation, drawn or given; absent for real. */
  readonly method?: string;
}

/** Batches of examples, by index. */
export interface ExampleSource {
  /** Side of the crops in pixels. */
  readonly inputSize: number;
  /** Faces of an example. */
  readonly clipLength: number;
  /**
   * The examples of one batch: a function of the source's options and `index` alone, in whatever order batches are asked for.
   *
   * @param index - from 0, without an end
   * @throws FramewitnessError where a face cannot be read, or a worker fails twice
   */
  batch(index: number): Promise<readonly Example[]>;
  /** Ends the workers. May be called again. */
  close(): Promise<void>;
}

/** How examples are made. */
export const RECIPES = ['as-is', 'self-blended', 'face-xray', 'counterfactual'] as const;
/** A member of {@link RECIPES}. */
export type Recipe = (typeof RECIPES)[number];

/** Options of {@link openExampleSource}. */
export interface ExampleOptions {
  readonly recipe: Recipe;
  /** Paths of faces.jsonl files or of manifests of pictures. */
  readonly faces: readonly string[];
  /** Only faces of this split; absent: all. */
  readonly split?: 'train' | 'val' | 'test';
  /** Examples in a batch; even where the recipe makes pairs. */
  readonly batchSize: number;
  /** Side of the crops in pixels. */
  readonly inputSize: number;
  /** Faces of an example; 1 for networks that look at single faces. */
  readonly clipLength: number;
  /** A whole number from 0; another seed, other examples. */
  readonly seed: number;
  /** Worker processes; 0 makes the examples in the calling thread. The examples are the same. */
  readonly workers: number;
  /** Batches that are made ahead of the last one asked for. Default: two a worker. */
  readonly ahead?: number;
  /** Where batches are kept, and looked for; made by this source or ahead of it. Absent: nothing is kept. */
  readonly cacheFolder?: string;
  /**
   * Batches that are really made; later ones are put together anew from these, each pair once a round. Needs `cacheFolder`.
   * Absent: every batch is made.
   */
  readonly distinct?: number;
  /** Options of the recipe; docs/reference/recipes.md lists them. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Hears of long preparations (landmarks of faces that have none yet). */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}
