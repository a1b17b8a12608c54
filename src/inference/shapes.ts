/** Shapes with unknown extents: an extent is a number, or a product of a number and symbols (`N`, `16*N`). */

/** One extent: a non-negative integer, or `factor*Symbol*Symbol` with the factor left out when it is 1. */
export type Dimension = number | string;

/** Extents from the outermost to the innermost. */
export type Shape = readonly Dimension[];

interface Monomial {
  readonly factor: number;
  readonly symbols: readonly string[];
}

function parse(dimension: Dimension): Monomial {
  if (typeof dimension === 'number') return { factor: dimension, symbols: [] };
  let factor = 1;
  const symbols: string[] = [];
  for (const part of dimension.split('*')) {
    if (/^\d+$/.test(part)) factor *= Number(part);
    else symbols.push(part);
  }
  return { factor, symbols: symbols.sort() };
}

function format({ factor, symbols }: Monomial): Dimension {
  if (symbols.length === 0 || factor === 0) return factor;
  return [...(factor === 1 ? [] : [String(factor)]), ...symbols].join('*');
}

/** The product of all extents: `['N', 16, 3]` gives `48*N`. The empty product is 1. */
export function elementCount(shape: Shape): Dimension {
  const parts = shape.map(parse);
  return format({ factor: parts.reduce((product, { factor }) => product * factor, 1), symbols: parts.flatMap(({ symbols }) => symbols).sort() });
}

/** Whether an extent is one symbol and nothing else. */
export function isSymbol(dimension: Dimension): dimension is string {
  return typeof dimension === 'string' && !/[*\d]/.test(dimension);
}

/** Whether two extents are equal whatever their symbols stand for. */
export function sameDimension(a: Dimension, b: Dimension): boolean {
  return elementCount([a]) === elementCount([b]);
}

/** Whether two shapes are equal whatever their symbols stand for. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => sameDimension(extent, b[axis] ?? -1));
}

/** The extents with every symbol replaced by `value`. */
export function concreteShape(shape: Shape, value: number): readonly number[] {
  return shape.map((extent) => {
    const { factor, symbols } = parse(extent);
    return factor * value ** symbols.length;
  });
}

/** For messages: `[N, 3, 128, 128]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The numbers of a shape without symbols; undefined where there is one. */
export function staticShape(shape: Shape): readonly number[] | undefined {
  const numbers = shape.filter((extent) => typeof extent === 'number');
  return numbers.length === shape.length ? numbers : undefined;
}

/** Distance between neighbours along each axis of a row-major tensor, in elements. */
export function rowMajorStrides(shape: readonly number[]): readonly number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(stride);
    stride *= extent;
  }
  return strides;
}
