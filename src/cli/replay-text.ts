/** What a replay came to, for people at a terminal. */
import { differenceText } from '../verdicts/compare.js';
import type { ReplayResult } from '../verdicts/replay-result.js';
import { replayHeadline, type ReplaySummary } from '../verdicts/replay-summary.js';
import { counted, formatMediaTime } from '../verdicts/words.js';
import { coloured } from './progress.js';
import { table } from './table.js';
import { printable } from './text.js';

/** Results shown one by one, and fields of each; --out has all. */
const MAX_RESULTS = 40;
const MAX_FIELDS = 6;
const MAX_STREAMS = 100;

/** Signed, 4 decimals; a dash for null. */
export function deltaText(delta: number | null): string {
  return delta === null ? '–' : delta === 0 ? '0' : `${delta > 0 ? '+' : '−'}${Math.abs(delta).toFixed(4)}`;
}

function resultLines(result: ReplayResult): string[] {
  const place = `${printable(result.stream)} segment ${result.sequence} at ${formatMediaTime(result.startMicros)}`;
  if (result.obstacle !== null) return [`${place}: not comparable (${result.obstacle.kind}): ${result.obstacle.detail}`];
  if (result.renumbered) return [`${place}: the same but for the numbers of its tracks, which count from the stream's first segment; that is not at hand`];
  const [was, is] = [result.recorded?.verdict ?? '–', result.derived?.verdict ?? '–'];
  const label = was === is ? coloured(was) : `${coloured(was)}, now ${coloured(is)}`;
  const fields = result.differences.slice(0, MAX_FIELDS).map((difference) => `    ${printable(differenceText(difference), 240)}`);
  const more = result.differences.length - fields.length + result.differencesOmitted;
  return [`${place}: ${result.outcome}: ${label}, probability ${deltaText(result.probabilityDelta)}`, ...fields, ...(more > 0 ? [`    (${counted(more, 'more field')})`] : [])];
}

/** Everything, in order: what was compared, what it came to, what to look at. */
export function replayText(summary: ReplaySummary): string {
  const lines: string[] = [];
  const rows = summary.streams.slice(0, MAX_STREAMS).map(({ stream, verdicts, counts, flipped, largestDelta }) => [printable(stream, 48), ...[verdicts, counts.identical, counts['within-tolerance'], counts.different, counts['not-comparable'], flipped].map(String), deltaText(largestDelta)]);
  if (rows.length > 0) lines.push(table(['stream', 'verdicts', 'identical', 'within tolerance', 'different', 'not comparable', 'other label', 'largest change'], rows));
  if (summary.streams.length > rows.length) lines.push(`(${counted(summary.streams.length - rows.length, 'more stream')}: see --json)`);
  if (summary.provenance.length > 0) lines.push('Derived otherwise than recorded:', ...summary.provenance.map(({ difference, verdicts }) => `  ${printable(difference, 240)} (${counted(verdicts, 'verdict')})`));
  const shown = summary.notable.slice(0, MAX_RESULTS);
  lines.push(...shown.flatMap(resultLines));
  const more = summary.notable.length - shown.length + summary.notableOmitted;
  if (more > 0) lines.push(`(${counted(more, 'more result')}: see --out)`);
  lines.push(`${replayHeadline(summary)}.`);
  return `${lines.join('\n')}\n`;
}
