/** What was prepared, in words and as JSON. */
import type { ManifestItem } from '../training/manifest.js';

/** Counts of a manifest. */
export interface ManifestCounts {
  readonly items: number;
  readonly real: number;
  readonly fake: number;
  /** By split; `none` where an item has none. */
  readonly splits: Readonly<Record<string, { readonly real: number; readonly fake: number }>>;
  /** Fakes by method. */
  readonly methods: Readonly<Record<string, number>>;
}

/** Counts items. */
export function manifestCounts(items: readonly ManifestItem[]): ManifestCounts {
  const splits: Record<string, { real: number; fake: number }> = {};
  const methods: Record<string, number> = {};
  for (const { label, split = 'none', method = 'unnamed' } of items) {
    (splits[split] ??= { real: 0, fake: 0 })[label]++;
    if (label === 'fake') methods[method] = (methods[method] ?? 0) + 1;
  }
  const real = items.filter(({ label }) => label === 'real').length;
  return { items: items.length, real, fake: items.length - real, splits, methods };
}

/** Counts as lines. */
export function countsText({ items, real, fake, splits, methods }: ManifestCounts): string {
  const lines = [`${items} items: ${real} real, ${fake} fake`];
  for (const [name, each] of Object.entries(splits)) lines.push(`  ${name === 'none' ? 'without a split' : name}: ${each.real} real, ${each.fake} fake`);
  if (fake > 0) lines.push(`  fakes by method: ${Object.entries(methods).map(([name, count]) => `${name} ${count}`).join(', ')}`);
  return `${lines.join('\n')}\n`;
}
