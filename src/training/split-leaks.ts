/** People and sources that are on both sides of a split: what is learnt of them in training would be measured again. */

type Split = 'train' | 'val' | 'test';

/** What is compared of an item. */
export interface SplitItem {
  readonly path: string;
  readonly dataset: string;
  readonly split?: Split;
  readonly identities?: readonly string[];
  readonly sources?: readonly string[];
}

/** One person, source or item in more than one split. */
export interface Leak {
  readonly kind: 'identity' | 'source' | 'item';
  /** The data set that the name belongs to: names are compared within one only. */
  readonly dataset: string;
  readonly name: string;
  readonly splits: readonly Split[];
  /** One item of each split, by path, in the order of `splits`. */
  readonly paths: readonly string[];
}

/** Leaks in order of first appearance. Items without a split are on no side. */
export function splitLeaks(items: readonly SplitItem[]): readonly Leak[] {
  const seen = new Map<string, { kind: Leak['kind']; dataset: string; name: string; paths: Map<Split, string> }>();
  for (const { path, dataset, split, identities = [], sources = [] } of items) {
    if (split === undefined) continue;
    const names: readonly Pick<Leak, 'kind' | 'name'>[] = [
      ...identities.map((name) => ({ kind: 'identity' as const, name })),
      ...sources.map((name) => ({ kind: 'source' as const, name })),
      { kind: 'item', name: path },
    ];
    for (const { kind, name } of names) {
      const key = JSON.stringify([kind, dataset, name]);
      const entry = seen.get(key) ?? { kind, dataset, name, paths: new Map() };
      if (!entry.paths.has(split)) entry.paths.set(split, path);
      seen.set(key, entry);
    }
  }
  return [...seen.values()].filter(({ paths }) => paths.size > 1).map(({ kind, dataset, name, paths }) => ({ kind, dataset, name, splits: [...paths.keys()], paths: [...paths.values()] }));
}
