/** The model card: what a weights file is, what it was trained on, how well it does, and how its scores are calibrated. */
import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';
import { z } from 'zod';
import { FramewitnessError } from '../domain/errors.js';
import { PREPROCESSING_NAMES } from './preprocessing.js';

/** The package's types name a default export that its CommonJS file does not have: the module itself is the function. */
const canonicalise = canonicalizeModule as unknown as (value: unknown) => string | undefined;

const text = z.string().min(1);
const calibrationSchema = z.object({
  /** Platt scaling: probability = sigmoid(scale × logit + offset). */
  method: z.literal('platt'),
  scale: z.number(),
  offset: z.number(),
  fittedOn: text,
});

const thresholdsSchema = z.looseObject({
  forgedAt: z.number().min(0).max(1),
  authenticAt: z.number().min(0).max(1),
  /** What they were chosen for, and what came out on the same data. */
  goals: z.looseObject({ falsePositiveRate: z.number(), missRate: z.number() }),
  falsePositives: z.unknown(),
  misses: z.unknown(),
  topology: text,
  data: text,
  command: text,
});

const quantisationSchema = z.looseObject({
  /** Convolutions in 8-bit integers, with scales fixed by calibration. */
  method: z.literal('static-int8'),
  /** Share of the numbers of an inner value that its range holds. */
  share: z.number().gt(0).max(1),
  /** Faces or clips that the ranges were measured on, and what they are cut from. */
  items: z.number().int().positive(),
  source: z.array(z.looseObject({ file: text, sha256: text })).min(1),
  command: text,
  /** Of probabilities, int8 against float32, on items that the ranges were not measured on (or, where there are too few, on the same). */
  difference: z.looseObject({ mean: z.number(), largest: z.number(), items: z.number().int(), heldOut: z.boolean() }),
  auc: z.looseObject({ float32: z.number(), int8: z.number(), items: z.number().int() }).optional(),
  /** Least and largest number of inner values, by name. */
  ranges: z.record(text, z.tuple([z.number(), z.number()])),
});

/** Schema of `*.card.json`. Fields beyond these are kept and covered by the digest. */
export const modelCardSchema = z.looseObject({
  schema: z.literal('framewitness.model-card/1'),
  name: text,
  network: text,
  kind: z.enum(['frame', 'clip']),
  version: text,
  description: text,
  weights: z.looseObject({
    /** Name of the weights file, beside the card. */
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be the plain name of a file beside the card'),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  }),
  input: z.looseObject({
    size: z.number().int().positive(),
    clipLength: z.number().int().positive(),
    /** How 8-bit colours become the input: the one that the weights were trained with. */
    range: z.enum(PREPROCESSING_NAMES),
    /** Side of the crop as a multiple of the face box's longer side. */
    cropScale: z.number().positive(),
    layout: text,
  }),
  outputs: z.array(z.looseObject({ name: text, meaning: text })).min(1),
  calibration: calibrationSchema,
  frameCalibration: calibrationSchema.optional(),
  /** What int8 needs, see `models quantise`. */
  quantisation: quantisationSchema.optional(),
  /** Operating thresholds of the topology that the model was calibrated in, see `calibrate`. */
  thresholds: thresholdsSchema.optional(),
  trainedOn: z.array(z.looseObject({ data: text, items: z.union([z.number(), z.string()]), terms: text })),
  procedure: z.unknown(),
  metrics: z.array(
    z.looseObject({ name: text, value: z.number(), interval95: z.tuple([z.number(), z.number()]).optional(), data: text, command: text }),
  ),
  limits: z.array(text),
  licence: z.looseObject({ weights: text, code: text }),
  /** Where imported weights came from. */
  importedFrom: z.array(z.looseObject({ file: text, sha256: text, format: text, entry: z.string() })).optional(),
});

/** A model card that has been checked. */
export type ModelCard = z.infer<typeof modelCardSchema>;

/** Quantisation of a card. */
export type Quantisation = z.infer<typeof quantisationSchema>;

/** Platt scaling of a card. */
export type Calibration = z.infer<typeof calibrationSchema>;

/** A card and the digest that stands for the model in verdicts. */
export interface DigestedCard {
  readonly card: ModelCard;
  /**
   * `sha256:` and lower-case hex, over the card's canonical JSON (RFC 8785) without the quantisation, which float32 does not
   * read; the card holds the digest of the weights.
   */
  readonly digest: string;
  /** The same over all of the card: what stands for the model in int8. */
  readonly quantisedDigest: string;
}

/**
 * Parses a card.
 *
 * @param source - the file's text
 * @param where - what errors call the file
 * @throws FramewitnessError FW_MODEL_CARD with every mistake
 */
export function parseCard(source: string, where: string): DigestedCard {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    throw new FramewitnessError('FW_MODEL_CARD', `${where}: it is not JSON`, { cause: error, location: { input: where } });
  }
  const parsed = modelCardSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'card'}: ${issue.message}`);
    throw new FramewitnessError('FW_MODEL_CARD', `${where}: ${problems.join('; ')}`, { location: { input: where } });
  }
  const [whole, plain] = [canonicalise(json), canonicalise({ ...(json as object), quantisation: undefined })];
  if (whole === undefined || plain === undefined) throw new FramewitnessError('FW_MODEL_CARD', `${where}: it has no canonical form`);
  return { card: parsed.data, digest: `sha256:${sha256Hex(plain)}`, quantisedDigest: `sha256:${sha256Hex(whole)}` };
}

/** Lower-case hex SHA-256. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
