/** Scores of every unit as CSV (RFC 4180), for spreadsheets and for metrics of one's own. */
import type { Evaluation } from './evaluate.js';
import { unscoredReason } from './units.js';

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line a unit, in the order of the manifest: what it is, what was said of it, its score by each source (empty where there is none). */
export function scoresCsv({ sources }: Evaluation): string {
  const head = ['name', 'label', 'dataset', 'method', 'compression', 'verdict', 'segments', 'frames', 'unscored', 'score', ...sources.slice(1).map(({ name }) => `score_${name}`)];
  const rows = (sources[0]?.scores ?? []).map(({ unit, video, segments, frames }, i) => [
    unit.name,
    unit.label === 1 ? 'fake' : 'real',
    unit.dataset,
    unit.method,
    unit.compression,
    unit.verdict,
    segments.length,
    frames.length,
    video === null ? unscoredReason(unit.items) : null,
    ...sources.map(({ scores }) => scores[i]?.video ?? null),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
