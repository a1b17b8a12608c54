/** Compares committed verdicts with those of a run that nothing disturbed. */
import type { StoredRecord } from '../broker/topics.js';

/** What a comparison found; each list names records as `stream#sequence`. */
export interface Differences {
  /** Expected, and not there. */
  readonly lost: readonly string[];
  /** There more often than expected, once for each time too many. */
  readonly doubled: readonly string[];
  /** There, with another value, other headers or in another place of its stream's order. */
  readonly differing: readonly string[];
}

/** What names a record of the topic of verdicts: the segment that it is about. @throws when the record is no verdict */
export function verdictName({ key, value }: StoredRecord): string {
  const { finding } = JSON.parse(value?.toString('utf8') ?? 'null') as { finding: { stream: string; sequence: number } };
  if (key?.toString('utf8') !== finding.stream) throw new Error(`the verdict of ${finding.stream}#${finding.sequence} has the key ${String(key)}`);
  return `${finding.stream}#${finding.sequence}`;
}

interface Named {
  readonly name: string;
  readonly stream: string;
  readonly content: string;
}

/** Everything of a record but its offset and its time of writing: those say when it was committed, not what. */
function contentOf({ partition, key, value, headers }: StoredRecord): string {
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([partition, key?.toString('base64') ?? null, value?.toString('base64') ?? null, sorted]);
}

/** The names of a stream's records, in order, without those that occur again. */
function orderOf(records: readonly Named[]): Map<string, readonly string[]> {
  const orders = new Map<string, Set<string>>();
  for (const { stream, name } of records) orders.set(stream, (orders.get(stream) ?? new Set()).add(name));
  return new Map([...orders].map(([stream, names]) => [stream, [...names]]));
}

function named(records: readonly StoredRecord[], nameOf: (record: StoredRecord) => string): readonly Named[] {
  return records.map((record) => ({ name: nameOf(record), stream: record.key?.toString('utf8') ?? '', content: contentOf(record) }));
}

/**
 * Compares the records of two topics, each in order of partition and offset. A record that occurs more often than expected is
 * doubled, whether or not the copies are alike; `differing` looks at the first of them.
 */
export function compareRecords(expected: readonly StoredRecord[], actual: readonly StoredRecord[], nameOf: (record: StoredRecord) => string = verdictName): Differences {
  const wanted = named(expected, nameOf);
  const found = named(actual, nameOf);
  const counts = new Map<string, number>();
  const contents = new Map<string, string>();
  for (const { name, content } of found) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (!contents.has(name)) contents.set(name, content);
  }
  const lost: string[] = [];
  const differing = new Set<string>();
  for (const { name, content } of wanted) {
    const count = counts.get(name) ?? 0;
    if (count === 0) lost.push(name);
    else if (contents.get(name) !== content) differing.add(name);
    counts.set(name, count - 1);
  }
  const doubled = [...counts].flatMap(([name, more]) => Array.from({ length: Math.max(0, more) }, () => name));
  // What is out of order has the right content and the wrong place.
  const missing = new Set(lost);
  const foundOrder = orderOf(found);
  for (const [stream, names] of orderOf(wanted)) {
    const due = names.filter((name) => !missing.has(name));
    const known = new Set(due);
    const actualOrder = (foundOrder.get(stream) ?? []).filter((name) => known.has(name));
    due.forEach((name, at) => {
      if (actualOrder[at] !== name) differing.add(name);
    });
  }
  return { lost, doubled, differing: [...differing] };
}

/** Adds up what was found in several topics. */
export function sumDifferences(parts: readonly Differences[]): Differences {
  return { lost: parts.flatMap(({ lost }) => lost), doubled: parts.flatMap(({ doubled }) => doubled), differing: parts.flatMap(({ differing }) => differing) };
}

/** A record without the name of the job that wrote it, which two jobs on the same input do not share. */
export function withoutSource(record: StoredRecord): StoredRecord {
  const headers = Object.fromEntries(Object.entries(record.headers).filter(([name]) => name !== 'ce_source'));
  return { ...record, headers };
}
