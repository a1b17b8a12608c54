/** Progress of a training: a bar on a terminal, plain lines elsewhere. All of it goes to standard error. */
import { SingleBar } from 'cli-progress';
import type { StepRecord } from '../training/train/history.js';
import { formatDuration } from '../verdicts/words.js';
import type { Validation } from '../training/train/validation.js';

/** Steps that a shown loss is the mean of. */
const WINDOW = 25;

/** Where a training shows how far it is. */
export interface TrainProgress {
  readonly begin: (step: number, steps: number) => void;
  readonly step: (record: StepRecord) => void;
  readonly validation: (step: number, validation: Validation, best: boolean) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

/** Means over the last steps, and speed. */
class Recent {
  #records: { readonly record: StepRecord; readonly at: number }[] = [];

  constructor(private readonly clock: () => number) {
    this.#began = clock();
  }

  readonly #began: number;

  add(record: StepRecord): void {
    this.#records = [...this.#records, { record, at: this.clock() }].slice(-WINDOW);
  }

  /** Seconds a step; over the last ones, so that it is that of now. */
  secondsPerStep(): number {
    const [first, last] = [this.#records[0], this.#records.at(-1)];
    if (first === undefined || last === undefined) return NaN;
    return first === last ? last.at - this.#began : (last.at - first.at) / (this.#records.length - 1);
  }

  text(): string {
    const mean = (of: (record: StepRecord) => number): string => (this.#records.reduce((sum, { record }) => sum + of(record), 0) / this.#records.length).toFixed(4);
    const last = this.#records.at(-1)?.record;
    const parts = Object.keys(last?.parts ?? {});
    // A loss that is all of one part needs no second number.
    const named = parts.length < 2 ? '' : ` (${parts.map((name) => `${name} ${mean(({ parts: each }) => each[name] ?? NaN)}`).join(', ')})`;
    return `loss ${mean(({ loss }) => loss)}${named} rate ${(last?.rate ?? 0).toPrecision(3)}`;
  }
}

function validationText(step: number, { auc, bySource, loss, items }: Validation, best: boolean): string {
  const sources = Object.entries(bySource);
  const each = sources.length < 2 ? '' : ` (${sources.map(([name, value]) => `${name} ${value.toFixed(3)}`).join(', ')})`;
  return `step ${step}: validation AUC ${auc === null ? 'none (one class only)' : auc.toFixed(4)}${each}, loss ${loss.toFixed(4)}, ${items} items${best ? ', the best so far' : ''}`;
}

/** Progress on a stream. @param batchSize - examples in a step @param clock - seconds */
export function trainProgress(stream: NodeJS.WriteStream, batchSize: number, clock: () => number, quiet: boolean): TrainProgress {
  const recent = new Recent(clock);
  let [steps, auc] = [0, ''];
  let bar: SingleBar | undefined;
  const line = (text: string): void => void stream.write(`${bar === undefined ? '' : '\r\x1b[K'}${text}\n`);
  const left = (step: number): string => formatDuration((steps - step) * recent.secondsPerStep());
  const speed = (): string => `${(batchSize / recent.secondsPerStep()).toFixed(1)} examples/s`;
  return {
    begin: (step, all) => {
      steps = all;
      if (step > 0 && !quiet) line(`goes on after step ${step} of ${all}`);
      if (!stream.isTTY || quiet) return;
      bar = new SingleBar({ stream, format: '{bar} {value}/{total} {state}', hideCursor: true, clearOnComplete: true, barsize: 20, barCompleteChar: '█', barIncompleteChar: '░' });
      bar.start(all, step, { state: '' });
    },
    step: (record) => {
      recent.add(record);
      if (bar !== undefined) bar.update(record.step, { state: `${recent.text()} ${speed()}${auc} ${left(record.step)} left` });
      else if (!quiet && (record.step % WINDOW === 0 || record.step === 1)) line(`step ${record.step} of ${steps}: ${recent.text()}, ${speed()}, ${left(record.step)} left`);
    },
    validation: (step, validation, best) => {
      if (best && validation.auc !== null) auc = ` AUC ${validation.auc.toFixed(3)}`;
      line(validationText(step, validation, best));
    },
    end: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}
