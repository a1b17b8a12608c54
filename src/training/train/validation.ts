/** How well the weights do on examples that they were not trained on: the same ones each time. */
import { rocAuc } from '../../evaluation/metrics.js';
import { FramewitnessError } from '../../domain/errors.js';
import type { ExampleSource } from '../examples.js';
import { batchArrays, type BatchFormat } from './batch-arrays.js';
import type { TrainingModel } from './model.js';

/** What a validation came to. */
export interface Validation {
  /** Of all items; null where they are all of one class. */
  readonly auc: number | null;
  /** By data set, where it has both classes. */
  readonly bySource: Readonly<Record<string, number>>;
  /** Mean of the batches. */
  readonly loss: number;
  readonly items: number;
  readonly labels: readonly number[];
  /** Log-odds that each is forged. */
  readonly scores: readonly number[];
}

/** The data set of `dataset/path`. */
const dataSetOf = (source: string): string => source.split('/', 1)[0] ?? source;

/** Scores batches 0 to `batches` - 1 of a source. @throws FramewitnessError FW_TRAINING_DIVERGED where a score is not finite */
export async function validate(model: TrainingModel, source: ExampleSource, batches: number, format: BatchFormat, step: number): Promise<Validation> {
  const [labels, scores, dataSets, losses]: [number[], number[], string[], number[]] = [[], [], [], []];
  let next = source.batch(0);
  for (let batch = 0; batch < batches; batch++) {
    const examples = await next;
    if (batch + 1 < batches) next = source.batch(batch + 1);
    const { scores: found, loss } = model.evaluate(batchArrays(examples, { ...format, flip: 0, reverse: 0 }), step);
    losses.push(loss);
    scores.push(...found);
    labels.push(...examples.map(({ label }) => label));
    dataSets.push(...examples.map(({ source: from }) => dataSetOf(from)));
  }
  if (!scores.every(Number.isFinite)) throw new FramewitnessError('FW_TRAINING_DIVERGED', `validation after step ${step}: a score is not a finite number`);
  const bySource: Record<string, number> = {};
  for (const name of [...new Set(dataSets)].sort()) {
    const of = <T>(values: readonly T[]): T[] => values.filter((_, i) => dataSets[i] === name);
    const auc = rocAuc(of(labels), of(scores));
    if (auc !== null) bySource[name] = auc;
  }
  return { auc: rocAuc(labels, scores), bySource, loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length, items: labels.length, labels, scores };
}
