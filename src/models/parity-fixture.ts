/**
 * Parity fixtures: what a published network gives on the weights and the input that `parity.ts` makes from a seed. One JSON
 * file a network; many small numbers instead of a weights file.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../domain/errors.js';

const shape = z.array(z.int().min(1).max(2 ** 31)).max(8);
const statisticsSchema = z.looseObject({
  shape,
  mean: z.number(),
  /** Root of the mean square. */
  rms: z.number().min(0),
  /** The first values, row-major; eight, or all there are. */
  first: z.array(z.number()).min(1).max(8),
  last: z.number(),
});
const outputSchema = statisticsSchema.extend({ name: z.string().min(1), values: z.array(z.number()).optional() });

const fixtureSchema = z.looseObject({
  /** Name of the network; see `FixtureNames`. */
  model: z.string().min(1),
  seed: z.string().min(1),
  /** Scale of the weights. */
  gain: z.number().positive(),
  input: z.looseObject({ shape: shape.min(4).max(5), range: z.enum(['[-1,1)', '[0,1)']) }),
  /** Keys of fixed tensors that the network defines itself. */
  constants: z.array(z.string()).default([]),
  outputs: z.array(outputSchema).min(1),
  /** What submodules gave when they were called first, in the order of the calls. */
  probes: z.record(z.string(), statisticsSchema).default({}),
});

/** Statistics of a tensor. */
export type TensorStatistics = z.infer<typeof statisticsSchema> & { readonly values?: readonly number[] | undefined };

/** One fixture. */
export type ParityFixture = z.infer<typeof fixtureSchema>;

/** A fixture and where it came from. */
export interface FixtureFile {
  readonly path: string;
  readonly fixture: ParityFixture;
}

/**
 * Parses a fixture.
 *
 * @param where - what errors call the file
 * @throws FramewitnessError FW_MODEL_FORMAT with every mistake
 */
export function parseFixture(source: string, where: string): ParityFixture {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${where}: it is not JSON`, { cause: error });
  }
  const parsed = fixtureSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 20).map((issue) => `${issue.path.join('.') || 'fixture'}: ${issue.message}`);
  throw new FramewitnessError('FW_MODEL_FORMAT', `${where}: it is not a parity fixture: ${problems.join('; ')}`);
}

/**
 * Every fixture (`*.json`) of a folder, in the order of the file names.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND where the folder cannot be read or has none, FW_MODEL_FORMAT
 */
export async function readFixtures(folder: string): Promise<readonly FixtureFile[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${folder}: cannot be read`, { cause: error });
  }
  if (names.length === 0) throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${folder}: there is no fixture (*.json) in it`);
  return Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    return { path, fixture: parseFixture(await readFile(path, 'utf8'), path) };
  }));
}
