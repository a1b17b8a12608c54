/** Measures the ranges of inner values on calibration inputs, one input at a time: memory holds one run's inner values. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from './graph.js';
import { emitOnnx } from './onnx-emitter.js';
import { createSession } from './onnx-runtime.js';
import { planQuantisation, type ActivationRanges } from './quantisation.js';
import type { FloatTensor } from './tensor.js';

/** Cells of a histogram over a value's full range. */
const CELLS = 4096;

/** Ranges under each of the shares asked for. */
export type RangesByShare = ReadonlyMap<number, ActivationRanges>;

/**
 * Runs a folded network in float32 over inputs, twice.
 *
 * @param shares - of the numbers of a value that its range must hold, each in (0, 1]; 1 is the least and the largest number
 * @throws FramewitnessError FW_USAGE where nothing in the network can run in 8 bits or there is no input
 */
export async function measureRanges(graph: Graph, inputs: readonly FloatTensor[], shares: readonly number[]): Promise<RangesByShare> {
  const { ranged } = planQuantisation(graph);
  if (ranged.length === 0) throw new FramewitnessError('FW_USAGE', `${graph.name}: it has no convolution after the first one, so nothing of it runs in int8`);
  if (inputs.length === 0) throw new FramewitnessError('FW_USAGE', `${graph.name}: there is nothing to calibrate on`);
  const session = await createSession(emitOnnx({ ...graph, outputs: ranged.map((value) => ({ name: value.name, value })) }), { name: graph.name });
  try {
    const cells = ranged.map(({ name }) => new Histogram(name));
    for (const input of inputs) {
      const outputs = await session.run({ input });
      for (const cell of cells) cell.widen(outputs[cell.name]?.data ?? new Float32Array());
    }
    for (const input of inputs) {
      const outputs = await session.run({ input });
      for (const cell of cells) cell.count(outputs[cell.name]?.data ?? new Float32Array());
    }
    return new Map(shares.map((share) => [share, new Map(cells.map((cell) => [cell.name, cell.range(share)]))]));
  } finally {
    await session.close();
  }
}

class Histogram {
  #minimum = Infinity;
  #maximum = -Infinity;
  #total = 0;
  readonly #counts = new Float64Array(CELLS);

  constructor(readonly name: string) {}

  widen(data: Float32Array): void {
    for (const value of data) {
      if (value < this.#minimum) this.#minimum = value;
      if (value > this.#maximum) this.#maximum = value;
    }
  }

  count(data: Float32Array): void {
    const perUnit = CELLS / (this.#maximum - this.#minimum || 1);
    for (const value of data) {
      const cell = Math.min(CELLS - 1, Math.floor((value - this.#minimum) * perUnit));
      this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
    }
    this.#total += data.length;
  }

  /** What is left out lies at both ends, half each. */
  range(share: number): readonly [number, number] {
    const spare = (this.#total * (1 - share)) / 2;
    const width = (this.#maximum - this.#minimum) / CELLS;
    let [low, below] = [0, this.#counts[0] ?? 0];
    while (low < CELLS - 1 && below <= spare) below += this.#counts[++low] ?? 0;
    let [high, above] = [CELLS - 1, this.#counts[CELLS - 1] ?? 0];
    while (high > low && above <= spare) above += this.#counts[--high] ?? 0;
    return [Number((this.#minimum + low * width).toPrecision(7)), Number((this.#minimum + (high + 1) * width).toPrecision(7))];
  }
}
