/** Ranges on the command line: `A..B`, either end left out, both inclusive. */
import { InvalidArgumentError } from 'commander';

/** A closed interval. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

function interval(text: string, parse: (part: string) => number, form: string): Interval {
  const [first = '', last, more] = text.split('..');
  const read = (part: string, open: number): number => (part === '' ? open : parse(part));
  const range = more === undefined ? { from: read(first, -Infinity), to: last === undefined ? read(first, Infinity) : read(last, Infinity) } : { from: NaN, to: NaN };
  if (text === '' || text === '..' || Number.isNaN(range.from) || Number.isNaN(range.to) || range.from > range.to) throw new InvalidArgumentError(`expected ${form}, A..B, A.. or ..B.`);
  return range;
}

/** Whole numbers from 0. */
export function wholeRange(text: string): Interval {
  return interval(text, (part) => (/^\d{1,15}$/.test(part) ? Number(part) : NaN), 'a whole number');
}

/** Media time as seconds, `m:ss` or `h:mm:ss`, with decimals; microseconds. */
export function mediaTimeRange(text: string): Interval {
  const parse = (part: string): number => {
    if (!/^(?:\d+:){0,2}\d+(?:\.\d{1,6})?$/.test(part)) return NaN;
    return Math.round(part.split(':').reduce((sum, field) => sum * 60 + Number(field), 0) * 1e6);
  };
  return interval(text, parse, 'a media time (90, 1:30 or 0:01:30.5)');
}

/** A time of day as ISO 8601; milliseconds since 1970. */
export function instant(text: string): number {
  const value = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError('expected a time such as 2026-01-31T12:00:00Z.');
  return value;
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number, 0 or more.');
  return Number(text);
}
