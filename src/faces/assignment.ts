/** Who belongs to whom: one-to-one assignment of least cost. */
import { munkres } from 'munkres';

/** Rows and columns that go together. */
export interface Pair {
  readonly row: number;
  readonly column: number;
}

/**
 * Pairs rows with columns so that the sum of costs is least (Munkres, "Algorithms for the Assignment and Transportation
 * Problems", 1957), where leaving a row and a column unpaired costs `maxCost`. So no pair costs that much or more, and a
 * good pair is not broken up for the sake of two bad ones.
 *
 * @param costs - rows × columns; 0 or more
 * @returns pairs by rising row
 */
export function assign(costs: readonly (readonly number[])[], maxCost: number): Pair[] {
  if (costs.length === 0 || costs[0]?.length === 0) return [];
  return munkres(costs.map((row) => row.map((cost) => Math.min(cost, maxCost))))
    .map(([row, column]) => ({ row, column }))
    .filter(({ row, column }) => (costs[row]?.[column] ?? maxCost) < maxCost)
    .sort((a, b) => a.row - b.row);
}
