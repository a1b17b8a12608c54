/**
 * Outcomes that were had before, one JSON record a line, under a key that holds all that an outcome depends on. An evaluation
 * that was broken off, or that is made again with another convention, judges only what is missing.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import { canonicalJson } from '../verdicts/canonical.js';
import type { ItemOutcome } from './outcome.js';

const SCHEMA = 'framewitness.item-outcome/1';

/** A file of outcomes, open for more. */
export interface OutcomeStore {
  /** @param key - digest of all that the outcome depends on */
  get(key: string): ItemOutcome | undefined;
  /** Adds an outcome. It is on disk when this resolves. */
  add(key: string, path: string, outcome: ItemOutcome): Promise<void>;
  close(): Promise<void>;
}

interface Line {
  readonly schema: typeof SCHEMA;
  readonly key: string;
  /** For people who look into the file. */
  readonly path: string;
  readonly outcome: ItemOutcome;
}

function parsed(text: string, file: string, line: number): Line {
  try {
    const value = JSON.parse(text) as Partial<Line>;
    if (value.schema === SCHEMA && typeof value.key === 'string' && Array.isArray(value.outcome?.segments)) return value as Line;
  } catch (error) {
    throw new FramewitnessError('FW_OUTCOMES_INVALID', `${file}:${line}: it is not JSON`, { cause: error });
  }
  throw new FramewitnessError('FW_OUTCOMES_INVALID', `${file}:${line}: it is not a record of ${SCHEMA}`);
}

/** Opens a file of outcomes; one that is missing is begun. @throws FramewitnessError FW_OUTCOMES_INVALID, FW_OUTPUT_UNWRITABLE */
export async function openOutcomeStore(file: string): Promise<OutcomeStore> {
  const known = new Map<string, ItemOutcome>();
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, 'a');
    try {
      const text = await readFile(file, 'utf8');
      // What is behind the last line feed was being written when the run before broke off.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      for (const [i, line] of whole.split('\n').slice(0, -1).entries()) {
        const { key, outcome } = parsed(line, file, i + 1);
        known.set(key, outcome);
      }
      await handle.truncate(Buffer.byteLength(whole));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return {
      get: (key) => known.get(key),
      add: async (key, path, outcome) => {
        const line: Line = { schema: SCHEMA, key, path, outcome };
        try {
          await handle.appendFile(`${canonicalJson(line)}\n`);
        } catch (error) {
          throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: file });
        }
        known.set(key, outcome);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: file });
  }
}
