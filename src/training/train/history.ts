/** The course of a training, a line for each step and each validation (JSON Lines). */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { writeAtomically } from './checkpoint.js';

/** What a step came to. */
export interface StepRecord {
  /** Steps done, from 1. */
  readonly step: number;
  readonly loss: number;
  /** What the loss is made of, unweighted. */
  readonly parts: Readonly<Record<string, number>>;
  readonly rate: number;
  /** Joint norm of the gradients before they were clipped. */
  readonly gradientNorm: number;
}

/** What a validation came to. */
export interface ValidationRecord {
  readonly step: number;
  readonly validation: {
    /** Null where the examples are all of one class. */
    readonly auc: number | null;
    /** By data set, where it has both classes. */
    readonly bySource: Readonly<Record<string, number>>;
    readonly loss: number;
    readonly items: number;
    readonly best: boolean;
  };
}

/** A line of the history. */
export type HistoryRecord = StepRecord | ValidationRecord;

/** Whether a record is one of a validation. */
export const isValidation = (record: HistoryRecord): record is ValidationRecord => 'validation' in record;

/** Keeps the history of one training in a file. */
export class History {
  readonly #pending: HistoryRecord[] = [];

  private constructor(
    private readonly path: string,
    private readonly kept: HistoryRecord[],
  ) {}

  /** Opens it, and forgets what came after `step`: that will be done again. */
  static async open(path: string, step: number): Promise<History> {
    const kept = step === 0 ? [] : (await readHistory(path)).filter((record) => record.step <= step);
    await writeAtomically(path, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
    return new History(path, kept);
  }

  /** Everything so far. */
  get records(): readonly HistoryRecord[] {
    return this.kept;
  }

  add(record: HistoryRecord): void {
    this.kept.push(record);
    this.#pending.push(record);
  }

  /** Writes what is new. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
  async flush(): Promise<void> {
    const lines = this.#pending.splice(0).map((record) => `${JSON.stringify(record)}\n`);
    if (lines.length === 0) return;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await appendFile(this.path, lines.join(''));
    } catch (error) {
      throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', `${this.path}: cannot be written`, { cause: error, location: { input: this.path } });
    }
  }
}

/** The records of a history; a last line that was cut off by the end of its process is passed over. */
export async function readHistory(path: string): Promise<HistoryRecord[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FramewitnessError('FW_TRAINING_CHECKPOINT', `${path}: cannot be read`, { cause: error, location: { input: path } });
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line, i) => {
    try {
      return [JSON.parse(line) as HistoryRecord];
    } catch (error) {
      if (i === lines.length - 1) return [];
      throw new FramewitnessError('FW_TRAINING_CHECKPOINT', `${path}: line ${i + 1} is no JSON`, { cause: error, location: { input: path, line: i + 1 } });
    }
  });
}
