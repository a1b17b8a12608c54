/** Makes batches of examples, in whatever process. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FramewitnessError } from '../../domain/errors.js';
import { faceMeshNetwork } from '../landmarks/face-mesh-network.js';
import { landmarksPath, readLandmarks } from '../landmarks/landmarks-file.js';
import type { Example, ExampleOptions } from '../example.js';
import { Random } from '../random.js';
import { Library, type KnownFace } from './library.js';
import { listFaces, type ListedFace } from './listing.js';
import { recipeOptions } from './options.js';
import { examplesOf } from './pair.js';
import { asIsBatch } from './recipes/as-is.js';
import { counterfactualBatch } from './recipes/counterfactual.js';
import { faceXrayStills } from './recipes/face-xray.js';
import { LabelledFaces } from './recipes/labelled.js';
import { selfBlendedClips } from './recipes/self-blended-clips.js';
import { selfBlendedStills } from './recipes/self-blended.js';

/** Goes up when the same options give other bytes. */
const RECIPE_VERSION = 4;

/** All that examples are a function of. Plain data: it crosses to workers. */
export type MakerSpec = Pick<ExampleOptions, 'recipe' | 'faces' | 'split' | 'batchSize' | 'inputSize' | 'clipLength' | 'seed' | 'options'>;

/** Makes batches. */
export interface Maker {
  /** The examples of a batch: a function of the spec and the index. */
  make(index: number): Promise<readonly Example[]>;
}

/** Faces of a spec: of its split. */
export async function facesOf({ faces, split }: Pick<MakerSpec, 'faces' | 'split'>): Promise<readonly ListedFace[]> {
  const listed = await listFaces(faces);
  return split === undefined ? listed : listed.filter((face) => face.split === split);
}

/** Of everything that a batch is a function of; not of where the files lie. */
export async function makerDigest({ faces, options, ...rest }: MakerSpec): Promise<string> {
  const files = await Promise.all(faces.map(async (file) => createHash('sha256').update(await readFile(file)).digest('hex')));
  return createHash('sha256').update(JSON.stringify({ version: RECIPE_VERSION, ...rest, files, options: recipeOptions(rest.recipe, options) })).digest('hex');
}

/** Real faces whose landmarks were found; landmarks must have been looked for before. */
async function knownFaces(spec: MakerSpec): Promise<readonly KnownFace[]> {
  const { digest } = faceMeshNetwork();
  const landmarks = new Map(await Promise.all(spec.faces.map(async (file) => [file, await readLandmarks(landmarksPath(file), digest)] as const)));
  return (await facesOf(spec)).filter(({ label }) => label === 'real').flatMap((face): KnownFace[] => {
    const found = landmarks.get(face.file)?.get(face.name);
    if (found === undefined) throw new FramewitnessError('FW_FACES_INVALID', `${face.name} has no landmarks yet`, { location: { input: face.file } });
    return found === 'no-face' ? [] : [{ ...face, ...found }];
  });
}

/**
 * Opens a maker.
 *
 * @throws FramewitnessError FW_TRAINING_OPTIONS, FW_FACES_INVALID, FW_INPUT_NOT_FOUND
 */
export async function openMaker(spec: MakerSpec): Promise<Maker> {
  const { recipe, batchSize, inputSize, clipLength } = spec;
  const batchRandom = (index: number): Random => new Random(spec.seed).fork(recipe).fork(index);
  switch (recipe) {
    case 'self-blended': {
      const options = recipeOptions(recipe, spec.options);
      const making = { library: new Library(await knownFaces(spec), options.datasets), options, inputSize };
      return {
        make: async (index) => examplesOf(clipLength === 1 ? await selfBlendedStills(making, batchSize / 2, batchRandom(index)) : await selfBlendedClips(making, batchSize / 2, clipLength, batchRandom(index))),
      };
    }
    case 'face-xray': {
      stillsOnly(spec);
      const options = recipeOptions(recipe, spec.options);
      const making = { library: new Library(await knownFaces(spec), options.datasets), options, inputSize };
      return { make: async (index) => examplesOf(await faceXrayStills(making, batchSize / 2, batchRandom(index))) };
    }
    case 'counterfactual': {
      stillsOnly(spec);
      const options = recipeOptions(recipe, spec.options);
      const faces = new LabelledFaces(await facesOf(spec), 1, { datasets: options.datasets, balance: true, seed: spec.seed });
      return { make: (index) => counterfactualBatch({ faces, options, inputSize }, batchSize, batchRandom(index)) };
    }
    case 'as-is': {
      const options = recipeOptions(recipe, spec.options);
      const faces = new LabelledFaces(await facesOf(spec), clipLength, { ...options, seed: spec.seed });
      if (options.pairs && !faces.hasPairs) throw new FramewitnessError('FW_FACES_INVALID', 'no face has a counterpart of another compression: pairs needs a manifest whose items name their pair');
      return { make: (index) => asIsBatch({ faces, options, inputSize }, batchSize, batchRandom(index)) };
    }
  }
}

function stillsOnly({ recipe, clipLength }: MakerSpec): void {
  if (clipLength !== 1) throw new FramewitnessError('FW_TRAINING_OPTIONS', `the recipe ${recipe} makes single faces; clips of ${clipLength} need self-blended or as-is`);
}
