/** Options of the recipes: one schema each, from which types, defaults and messages come. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { Recipe } from '../example.js';
import { IMBALANCE_PATTERN } from '../imbalance.js';

const probability = (about: string, fallback: number): z.ZodDefault<z.ZodNumber> => z.number().min(0).max(1).default(fallback).describe(about);

/** Named shares. Without any, the defaults; where some are named, the others are 0. All 0 is a mistake. */
function shares<const Names extends Readonly<Record<string, readonly [about: string, fallback: number]>>>(names: Names, about: string) {
  type Shares = { readonly [Name in keyof Names]: number };
  const share = z.number().min(0).max(1e6);
  const shape = Object.fromEntries(Object.entries(names).map(([name, [what, fallback]]) => [name, share.exactOptional().describe(`${what} (${fallback})`)]));
  const filled = (fallback: (name: string) => number): Shares => Object.fromEntries(Object.keys(names).map((name) => [name, fallback(name)])) as Shares;
  return z
    .strictObject(shape)
    .refine((given) => Object.values(given).some((value) => value > 0), 'at least one share must be above 0')
    .transform((given): Shares => filled((name) => (given as Readonly<Record<string, number | undefined>>)[name] ?? 0))
    .default(filled((name) => names[name]?.[1] ?? 0) as never)
    .describe(`${about} Shares: each is divided by their sum; where some are named, the others are 0.`);
}

const datasets = (otherwise: string): z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodNumber>> =>
  z.record(z.string(), z.number().min(0)).default({}).describe(`Shares of the data sets, by name. One that is not named has 0. Empty: ${otherwise}.`);

const sampling = {
  cropScale: z.number().min(1).max(2.5).default(1.3).describe('Side of the crop, × the longer side of the face box: as the network that is trained sees faces.'),
};

const compression = shares(
  { video: ['through a video codec: H.264, some MPEG-4', 0.58], jpeg: ['through JPEG, quality 30 to 95', 0.3], none: ['as they are', 0.12] },
  'What storing does to stills, both of a pair alike.',
);
const canvasSizes = z.array(z.int().min(64).max(512).multipleOf(2)).min(1).default([112, 128, 144, 160, 192, 224, 256]).describe('Sides, in pixels, of the picture of 1.77 × the face box that everything is done on: how large faces are in the videos that are imitated.');

const common = {
  datasets: datasets('the square root of its number of faces'),
  ...sampling,
  canvasSizes,
  compression,
  before: probability('How often the picture of both is changed in sharpness before it is forged.', 0.25),
  degrade: probability('How often both are blurred, shrunk, sharpened, smoothed or get noise after it was forged.', 0.5),
  tone: probability('How often both get another tone.', 0.6),
};

const selfBlended = z.strictObject({
  kinds: shares(
    {
      blend: ['the face itself, changed, pasted back', 0.44],
      swap: ['another face, its colour matched', 0.14],
      generator: ['the face as a low-resolution generator gives it', 0.13],
      mouth: ['a mouth or lower face of its own', 0.07],
      synthetic: ['the whole head or picture with traces of a generator', 0.22],
      none: ['nothing: both halves are the same, to see what the rest does', 0],
    },
    'Kinds of forgery.',
  ),
  regions: shares(
    { oval: ['the whole face', 0.46], inner: ['brows to lips', 0.2], lower: ['below the nose', 0.12], mouth: ['lips', 0.1], features: ['eyes, nose and lips', 0.06], eyes: ['both eyes', 0.04], nose: ['nose', 0.02] },
    'What is pasted in.',
  ),
  traces: shares(
    { checkerboard: ['uneven overlap of enlarging kernels', 0.3], nearest: ['spectral copies', 0.25], denoised: ['texture shrunk away, edges kept', 0.25], transplanted: ['texture in the wrong place', 0.2] },
    'Traces of generators in synthetic forgeries.',
  ),
  courses: shares({ steady: ['each frame made alike', 0.4], flicker: ['each frame made anew', 0.3], sticking: ['texture sticks to the picture', 0.3] }, 'How the frames of synthetic clips are made.'),
  counterweight: probability('How often the real half of a synthetic pair gets an ordinary degradation of like strength.', 0.6),
  sharper: probability('How often the surroundings of a forged face, and the real half, are the softer ones, and not the face: as in a poor video with a face from a good picture.', 0.55),
  donorIsSelf: probability('How often the face that is pasted in is the same picture in another pose.', 0.3),
  held: probability('How often a clip is one picture held still; else it is crops of one video.', 0.55),
  faintest: z.number().min(0).max(0.2).default(0.004).describe('Mean of the map of changes, 0..1, below which a pair is drawn anew: what compression has wiped out teaches nothing.'),
  ...common,
});

const faceXray = z.strictObject({
  candidates: z.int().min(2).max(1000).default(100).describe('Faces among which the one with the nearest landmarks is taken as the donor.'),
  bend: z.number().min(0).max(0.1).default(0.02).describe('Deviation of the shifts that bend the mask, × the face box.'),
  ...common,
});

const counterfactual = z.strictObject({
  datasets: datasets('each alike'),
  ...sampling,
  kinds: shares(
    {
      none: ['as it is', 0.3],
      faceGrey: ['face made grey, label changed in half of them', 0.1165],
      backgroundGrey: ['background made grey', 0.1165],
      faceShuffled: ['rows and columns of the face shuffled, label changed in half of them', 0.1165],
      backgroundShuffled: ['rows and columns of the background shuffled', 0.1165],
      faceExchanged: ['face of the other class, label changed', 0.1165],
      backgroundExchanged: ['background of the other class', 0.1175],
    },
    'What is done to an example.',
  ),
  flip: probability('How often an example is mirrored.', 0.5),
});

const asIs = z.strictObject({
  datasets: datasets('each alike'),
  ...sampling,
  balance: z.boolean().default(true).describe('As many real as forged examples, each data set alike; else as often as they are listed.'),
  imbalance: z.string().regex(IMBALANCE_PATTERN, 'must be FORGED:REAL, such as 1:60').optional().describe('Keep so few videos of one class that forged to real are FORGED:REAL, whole videos only; needs balance: false to be seen by the network.'),
  pairs: z.boolean().default(false).describe('Examples in twos that are compressions of one frame, the better first (c23 and c40), found by the `pair` of the manifest.'),
  flip: probability('Mirrored.', 0.5),
  turn: z.number().min(0).max(45).default(0).describe('Turned by up to so many degrees.'),
  zoom: z.number().min(0).max(0.5).default(0).describe('Enlarged or made smaller by up to this share.'),
  tone: probability('Another tone.', 0),
  blur: probability('Blurred.', 0),
  noise: probability('Noise of 1 to 6 grey levels.', 0),
  jpeg: probability('JPEG of quality 30 to 95.', 0),
  video: probability('Through a video codec; of a clip all frames together.', 0),
  cutout: probability('A grey rectangle of a tenth to a third of the side.', 0),
});

/** The schemas by recipe. */
export const RECIPE_OPTIONS = { 'as-is': asIs, 'self-blended': selfBlended, 'face-xray': faceXray, counterfactual } as const satisfies Readonly<Record<Recipe, z.ZodType>>;

/** Options of a recipe with every default filled in. */
export type RecipeOptions<R extends Recipe> = z.infer<(typeof RECIPE_OPTIONS)[R]>;

/** Options that all recipes have which forge pictures. */
export type ForgingOptions = Pick<RecipeOptions<'self-blended'>, keyof typeof common>;

/** Checks the options of a recipe. @throws FramewitnessError FW_TRAINING_OPTIONS with all mistakes */
export function recipeOptions<R extends Recipe>(recipe: R, options: Readonly<Record<string, unknown>> = {}): RecipeOptions<R> {
  const parsed = RECIPE_OPTIONS[recipe].safeParse(options);
  if (parsed.success) return parsed.data as RecipeOptions<R>;
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.length === 0 ? 'options' : path.join('.')}: ${message}`);
  throw new FramewitnessError('FW_TRAINING_OPTIONS', `recipe ${recipe}: ${mistakes.join('; ')}`);
}
