/** Tables for people: what was judged, stream by stream and track by track. */
import Table from 'cli-table3';
import type { AlertStage } from '../stages/alert.js';
import { AlertSpans, alertText, type AlertSpan } from '../verdicts/alert-spans.js';
import { readVerdicts } from '../verdicts/jsonl.js';
import { createSummary, type StreamSummary } from '../verdicts/summary.js';
import type { TrackSummary } from '../verdicts/track-summary.js';
import type { Thresholds } from '../verdicts/decide.js';
import { formatProbability, formatTimeRange } from '../verdicts/words.js';
import { coloured } from './progress.js';
import { printable } from './text.js';

/** Tracks and segments shown of one stream; the report has them all. */
const MAX_ROWS = 12;

/** A table with a line of headings. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  for (const row of rows) grid.push([...row]);
  return grid.toString();
}

function trackRow(track: TrackSummary, thresholds: Thresholds | undefined): string[] {
  return [`track ${track.id}`, formatTimeRange(track.startMicros, track.endMicros), String(track.faces), formatProbability(track.probability, thresholds), coloured(track.verdict), track.reasons.join(', ')];
}

/** One segment of the table. */
interface SegmentRow {
  readonly cells: readonly string[];
  readonly weight: number;
  readonly order: number;
}

function streamText(summary: StreamSummary, segments: readonly SegmentRow[], more: number, alerts: readonly AlertSpan[]): string {
  const heading = `${printable(summary.stream)}: ${summary.headline}`;
  const columns = ['', 'media time', 'faces', 'probability', 'verdict', 'reasons'];
  const tracks = [...summary.tracks].slice(0, MAX_ROWS).map((track) => trackRow(track, summary.provenances[0]?.thresholds));
  const hidden = Math.max(0, summary.tracks.length - tracks.length) + summary.tracksOmitted;
  const left = [more > 0 ? `${more} more segments` : '', hidden > 0 ? `${hidden} more tracks` : ''].filter((text) => text !== '').join(', ');
  const raised = alerts.slice(0, MAX_ROWS).map((span) => `\nalert on ${alertText(span)}`).join('');
  return `${heading}\n${table(columns, [...segments.map(({ cells }) => cells), ...tracks])}${left === '' ? '' : `\n(${left}: see the report)`}${raised}`;
}

/**
 * Segments and tracks of every stream in a verdict file. Of a long stream the segments with the highest probability are
 * shown, in order of time.
 */
export async function summaryTable(path: string, alertStage: AlertStage): Promise<string> {
  const summary = createSummary();
  const segments = new Map<string, { rows: SegmentRow[]; more: number }>();
  const alerts = new Map<string, AlertSpans>();
  for await (const { record } of readVerdicts(path)) {
    summary.add(record);
    const { finding } = record;
    const watched = alerts.get(finding.stream) ?? new AlertSpans(alertStage);
    alerts.set(finding.stream, watched);
    watched.add(record);
    const own = segments.get(finding.stream) ?? { rows: [], more: 0 };
    segments.set(finding.stream, own);
    own.rows.push({
      cells: [`segment ${finding.sequence}`, formatTimeRange(finding.startMicros, finding.endMicros), String(finding.faces.analysed), formatProbability(finding.probability, record.provenance.thresholds), coloured(finding.verdict), finding.reasons.join(', ')],
      weight: finding.probability ?? -1,
      order: finding.sequence,
    });
    if (own.rows.length > 2 * MAX_ROWS) trim(own);
  }
  for (const own of segments.values()) trim(own);
  return summary
    .streams()
    .map((stream) => streamText(stream, segments.get(stream.stream)?.rows ?? [], segments.get(stream.stream)?.more ?? 0, alerts.get(stream.stream)?.spans() ?? []))
    .join('\n\n');
}

function trim(own: { rows: SegmentRow[]; more: number }): void {
  const kept = [...own.rows].sort((a, b) => b.weight - a.weight || a.order - b.order).slice(0, MAX_ROWS);
  own.more += own.rows.length - kept.length;
  own.rows = kept.sort((a, b) => a.order - b.order);
}
