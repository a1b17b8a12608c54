/** What the symbols of a graph's shapes stand for in one run. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph } from '../graph.js';
import { showShape, type Dimension, type Shape } from '../shapes.js';

/** Extent of each symbol. */
export type Symbols = ReadonlyMap<string, number>;

function split(dimension: Dimension): { readonly factor: number; readonly symbols: readonly string[] } {
  const parts = String(dimension).split('*');
  const numbers = parts.filter((part) => /^\d+$/.test(part));
  return { factor: numbers.reduce((product, part) => product * Number(part), 1), symbols: parts.filter((part) => !numbers.includes(part)) };
}

/**
 * Reads the symbols off the inputs' actual extents.
 *
 * @param extents - of each input, by name
 * @throws FramewitnessError FW_MODEL_FAILED where an input is missing, unknown or of another shape
 */
export function bindSymbols(graph: Graph, extents: Readonly<Record<string, readonly number[]>>): Symbols {
  const symbols = new Map<string, number>();
  for (const { name, shape } of graph.inputs) {
    const actual = extents[name];
    if (actual === undefined) throw failed(graph, `input ${name} is missing`);
    const fits = actual.length === shape.length && shape.every((dimension, axis) => bind(symbols, dimension, actual[axis] ?? 0));
    if (!fits) throw failed(graph, `input ${name} has shape ${showShape(actual)}, must have ${showShape(shape)}`);
  }
  const unknown = Object.keys(extents).filter((name) => !graph.inputs.some((input) => input.name === name));
  if (unknown.length > 0) throw failed(graph, `there is no input ${unknown.join(', ')}; inputs: ${graph.inputs.map(({ name }) => name).join(', ')}`);
  return symbols;
}

/** Whether an extent agrees with what is known, learning one new symbol from it. */
function bind(symbols: Map<string, number>, dimension: Dimension, extent: number): boolean {
  const { factor, symbols: names } = split(dimension);
  const known = names.reduce((product, name) => product * (symbols.get(name) ?? 1), factor);
  const unknown = names.filter((name) => !symbols.has(name));
  const [name] = unknown;
  if (name === undefined) return known === extent;
  if (unknown.length > 1 || extent % known !== 0) return false;
  symbols.set(name, extent / known);
  return true;
}

/** The numbers of a shape. */
export function evaluateShape(shape: Shape, symbols: Symbols): number[] {
  return shape.map((dimension) => {
    const { factor, symbols: names } = split(dimension);
    return names.reduce((product, name) => product * (symbols.get(name) ?? NaN), factor);
  });
}

function failed(graph: Graph, problem: string): FramewitnessError {
  return new FramewitnessError('FW_MODEL_FAILED', `${graph.name}: ${problem}`);
}
