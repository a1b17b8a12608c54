/**
 * Decision rules: what a network's outputs say, as log-odds that an item is forged. Declared as data in each network's
 * definition, because published networks disagree about which class is fake.
 */
import { FramewitnessError } from '../domain/errors.js';
import type { FloatTensor } from '../inference/tensor.js';

interface Classes {
  /** Name of the output. Several heads: their numbers are added before anything else. */
  readonly output: string | readonly string[];
  /** Index of the class that means forged. A single number an item speaks of class 1. */
  readonly fake: 0 | 1;
  /** How the log-odds of several patches of one item become one; the output is then N × patches × classes. Absent: N × classes. */
  readonly patches?: 'mean' | 'max';
}

/** How outputs become log-odds. */
export type Decision =
  /** One logit an item, of class 1. */
  | ({ readonly kind: 'sigmoid' } & Classes)
  /** One logit a class. The heads' numbers may be logits or already squashed: the softmax is of their sum. */
  | ({ readonly kind: 'softmax' } & Classes)
  /** Probabilities already: one of each class, or one of class 1. */
  | ({ readonly kind: 'probability' } & Classes)
  /** Euclidean length of an embedding that training draws to zero for real faces; log-odds are the length less the threshold. */
  | { readonly kind: 'length'; readonly output: string; readonly threshold: number };

/** Probabilities this close to 0 or 1 are taken to be this far from it: log-odds stay finite. */
const FLOOR = 1e-7;

function logOdds(probability: number): number {
  const clamped = Math.min(1 - FLOOR, Math.max(FLOOR, probability));
  return Math.log(clamped / (1 - clamped));
}

/** Names of the outputs that a decision reads. */
export function decisionOutputs(decision: Decision): readonly string[] {
  return typeof decision.output === 'string' ? [decision.output] : decision.output;
}

/** A decision in words and symbols, for people. */
export function describeDecision(decision: Decision): string {
  const outputs = decisionOutputs(decision).join(' + ');
  if (decision.kind === 'length') return `log-odds of forged = Euclidean length of ${outputs} - ${decision.threshold}`;
  const { kind, fake, patches } = decision;
  const odds = {
    sigmoid: `log-odds of forged = ${fake === 1 ? '' : '-'}${outputs}`,
    softmax: `log-odds of forged = log(p / (1 - p)), p = softmax(${outputs})[${fake}]`,
    probability: `log-odds of forged = log(p / (1 - p)), p = ${outputs}[${fake}], or ${fake === 1 ? outputs : `1 - ${outputs}`} where it is a single number`,
  }[kind];
  return patches === undefined ? odds : `${odds}, ${patches === 'max' ? 'the highest' : 'the mean'} of the patches`;
}

function read(outputs: Readonly<Record<string, FloatTensor>>, name: string, items: number): Float32Array {
  const tensor = outputs[name];
  if (tensor === undefined || tensor.data.length === 0 || tensor.data.length % items !== 0) {
    throw new FramewitnessError('FW_MODEL_FAILED', `output ${name} has ${tensor?.data.length ?? 'no'} values for ${items} item(s)`);
  }
  return tensor.data;
}

function sum(outputs: Readonly<Record<string, FloatTensor>>, names: readonly string[], items: number): Float64Array {
  const [first, ...rest] = names.map((name) => read(outputs, name, items));
  const total = Float64Array.from(first ?? []);
  for (const head of rest) {
    if (head.length !== total.length) throw new FramewitnessError('FW_MODEL_FAILED', `the outputs ${names.join(', ')} differ in size`);
    for (let i = 0; i < total.length; i++) total[i] = (total[i] ?? NaN) + (head[i] ?? NaN);
  }
  return total;
}

/** Log-odds of one row of classes. */
function ofClasses(kind: 'sigmoid' | 'softmax' | 'probability', row: Float64Array, fake: 0 | 1): number {
  if (row.length === 1) {
    const classOne = kind === 'probability' ? logOdds(row[0] ?? NaN) : (row[0] ?? NaN);
    return fake === 1 ? classOne : -classOne;
  }
  if (kind === 'probability') return logOdds(row[fake] ?? NaN);
  const others = row.filter((_, index) => index !== fake);
  const highest = Math.max(...others);
  return (row[fake] ?? NaN) - highest - Math.log(others.reduce((total, x) => total + Math.exp(x - highest), 0));
}

/** Classes a patch. */
const CLASSES = { sigmoid: 1, softmax: 2, probability: 2 } as const;

/**
 * What the outputs of one run say.
 *
 * @param outputs - row-major, the batch first
 * @param items - faces or clips in the batch
 * @returns log-odds that each is forged
 * @throws FramewitnessError FW_MODEL_FAILED where an output is missing or does not fit the number of items
 */
export function decide(decision: Decision, outputs: Readonly<Record<string, FloatTensor>>, items: number): Float64Array {
  const values = sum(outputs, decisionOutputs(decision), items);
  const each = values.length / items;
  const item = (index: number): Float64Array => values.subarray(index * each, (index + 1) * each);
  if (decision.kind === 'length') return Float64Array.from({ length: items }, (_, i) => Math.hypot(...item(i)) - decision.threshold);
  const { kind, fake, patches } = decision;
  const width = patches === undefined ? each : CLASSES[kind];
  const allowed = kind === 'softmax' ? width >= 2 : kind === 'sigmoid' ? width === 1 : true;
  if (!allowed || each % width !== 0) throw new FramewitnessError('FW_MODEL_FAILED', `output ${decisionOutputs(decision).join(', ')} has ${each} value(s) an item, which is not what ${kind} reads`);
  return Float64Array.from({ length: items }, (_, index) => {
    const row = item(index);
    const scores = Array.from({ length: each / width }, (__, patch) => ofClasses(kind, row.subarray(patch * width, (patch + 1) * width), fake));
    return patches === 'max' ? Math.max(...scores) : scores.reduce((total, score) => total + score, 0) / scores.length;
  });
}
