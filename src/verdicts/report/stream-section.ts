/** One stream's part of the report. */
import { SKIP_WORDS, REASON_WORDS, VERDICT_LETTER, counted, formatCount, formatMediaTime, formatProbability, formatTimeRange } from '../words.js';
import { alertText } from '../alert-spans.js';
import type { StreamOutcome, StreamSummary } from '../summary.js';
import type { VerdictLabel } from '../../domain/verdict.js';
import type { SkipReason } from '../../domain/faces.js';
import type { SegmentRow, StreamReport } from './collect.js';
import type { SafeHtml } from './html.js';
import { html, nameHtml } from './html.js';
import { timelineHtml } from './timeline.js';
import { tracksHtml } from './track-section.js';

const OUTCOME_WORDS: Readonly<Record<StreamOutcome, string>> = { forged: 'forged', authentic: 'authentic', 'partly-judged': 'partly judged', inconclusive: 'inconclusive' };

/** A verdict as letter and word. */
export function badge(verdict: VerdictLabel | StreamOutcome): SafeHtml {
  const letter = verdict === 'partly-judged' ? VERDICT_LETTER.inconclusive : VERDICT_LETTER[verdict];
  return html`<span class="badge ${verdict}"><b>${letter}</b>${OUTCOME_WORDS[verdict]}</span>`;
}

function facts(summary: StreamSummary, thresholds: StreamReport['timeline']['thresholds']): SafeHtml {
  const { worst, video, counts } = summary;
  const items = [
    formatTimeRange(summary.startMicros, summary.endMicros),
    `${formatCount(counts.forged)} forged, ${formatCount(counts.authentic)} authentic, ${formatCount(counts.inconclusive)} inconclusive`,
    worst === null ? 'no probability: nothing was judged' : `highest probability ${formatProbability(worst.probability, thresholds)}, in the segment at ${formatMediaTime(worst.startMicros)}`,
    video === null ? 'no picture could be read' : `${video.width} × ${video.height}, ${video.codec}`,
  ];
  return html`<ul class="facts">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function forgedRanges(report: StreamReport): SafeHtml | null {
  const { forgedRanges: ranges, forgedRangesOmitted: omitted } = report.summary;
  if (ranges.length === 0) return null;
  const shown = ranges.slice(0, 40);
  const more = ranges.length - shown.length + omitted;
  return html`<h3>Judged forged</h3><ul class="ranges-list">${shown.map((r) => html`<li>${formatTimeRange(r.startMicros, r.endMicros)} <span>${counted(r.segments, 'segment')}, up to ${formatProbability(r.probability, report.timeline.thresholds)}</span></li>`)}</ul>
  ${more > 0 ? html`<p class="note">And ${counted(more, 'more range')}: see the verdict file.</p>` : null}`;
}

function alertList({ alerts, alertsOmitted }: StreamReport): SafeHtml | null {
  if (alerts.length === 0) return null;
  const shown = alerts.slice(0, 40);
  const more = alerts.length - shown.length + alertsOmitted;
  return html`<h3>Alerts</h3><ul class="plain">${shown.map((span) => html`<li>Alert on ${alertText(span)}.</li>`)}${more > 0 ? html`<li>And ${counted(more, 'more alert')}.</li>` : null}</ul>`;
}

function reasonsAndWarnings({ reasons, warnings, segments }: StreamSummary): SafeHtml | null {
  if (reasons.length === 0 && warnings.length === 0) return null;
  return html`<h3>Reasons and warnings</h3><ul class="plain">
    ${reasons.map((r) => html`<li>${REASON_WORDS[r.reason].sentence} <span class="soft">${formatCount(r.segments)} of ${counted(segments, 'segment')} (${r.reason}).</span></li>`)}
    ${warnings.map((w) => html`<li>${w.message} <span class="soft">${counted(w.segments, 'segment')} (${w.code}).</span></li>`)}
  </ul>`;
}

function skippedRows(skipped: Readonly<Partial<Record<SkipReason, number>>>, noun: string): SafeHtml[] {
  return (Object.keys(SKIP_WORDS) as SkipReason[]).flatMap((reason) => {
    const n = skipped[reason] ?? 0;
    return n === 0 ? [] : [html`<tr><td>${noun} skipped: ${SKIP_WORDS[reason]}</td><td class="n">${formatCount(n)}</td></tr>`];
  });
}

function accounting({ frames, faces }: StreamSummary): SafeHtml {
  const row = (name: string, n: number): SafeHtml => html`<tr><td>${name}</td><td class="n">${formatCount(n)}</td></tr>`;
  return html`<h3>Every frame and face accounted for</h3><div class="two">
  <table><thead><tr><th>Frames</th><th class="n">${formatCount(frames.present)} present</th></tr></thead><tbody>
    ${row('off the sampling grid', frames.notSampled)}${row('on the grid, could not be decoded or damaged', frames.undecodable)}${skippedRows(frames.skipped, 'on the grid,')}${row('analysed', frames.analysed)}
  </tbody></table>
  <table><thead><tr><th>Faces</th><th class="n">${formatCount(faces.found)} found</th></tr></thead><tbody>
    ${skippedRows(faces.skipped, 'face')}${row('analysed', faces.analysed)}
  </tbody></table></div>`;
}

function segmentRow(row: SegmentRow, thresholds: StreamReport['timeline']['thresholds']): SafeHtml {
  return html`<tr><td class="n">${row.sequence}</td><td>${formatTimeRange(row.startMicros, row.endMicros)}</td><td>${badge(row.verdict)}</td><td class="n">${formatProbability(row.probability, thresholds)}</td><td>${row.reasons.map((r) => REASON_WORDS[r].short).join(', ')}</td><td><code title="${`segment sha256:${row.sha256}\nrecord ${row.hash}`}">${row.sha256.slice(0, 12)}</code> <code class="soft">${row.hash.slice(7, 19)}</code></td></tr>`;
}

function segments(report: StreamReport): SafeHtml {
  const { rows, rowsOmitted, timeline } = report;
  const half = rowsOmitted > 0 ? rows.length / 2 : rows.length;
  const gap = rowsOmitted > 0 ? html`<tr><td></td><td colspan="5" class="soft">${counted(rowsOmitted, 'segment')} left out here: see the verdict file.</td></tr>` : null;
  const list = (part: readonly SegmentRow[]): SafeHtml[] => part.map((row) => segmentRow(row, timeline.thresholds));
  return html`<details><summary>Segments and their digests (${formatCount(report.summary.segments)})</summary><div class="scroll" tabindex="0" role="region" aria-label="Segments"><table>
  <thead><tr><th class="n">Number</th><th>Media time</th><th>Verdict</th><th class="n">Probability</th><th>Reasons</th><th>SHA-256 of the segment, hash of the record (first 12 digits)</th></tr></thead>
  <tbody>${list(rows.slice(0, half))}${gap}${list(rows.slice(half))}</tbody></table></div></details>`;
}

function chain(report: StreamReport): SafeHtml {
  const { problems, problemsOmitted, head } = report;
  const state =
    problems.length === 0
      ? html`<p>The hash chain of this stream was verified when this page was made: ${counted(report.summary.segments, 'record')}, each unchanged and in its place.</p>`
      : html`<p><strong>The hash chain of this stream is broken: do not rely on these verdicts.</strong> Records were changed, removed, inserted or moved after they were written.</p>
        <ul class="plain">${problems.map((p) => html`<li>Record ${p.line}: ${p.message}.</li>`)}${problemsOmitted > 0 ? html`<li>And ${counted(problemsOmitted, 'more problem')}.</li>` : null}</ul>`;
  return html`<h3>Integrity</h3>${state}${head === null ? null : html`<p class="note">Chain head, record ${head.sequence}: <code>${head.hash}</code></p>`}`;
}

/** The section of one stream; `headline` repeats in words what the badge says, for pages where the heading does not. */
export function streamSectionHtml(report: StreamReport, anchor: string, headline: boolean): SafeHtml {
  const { summary, timeline } = report;
  return html`<section class="part" id="${anchor}">
<div class="stream-head">
  <h2>${nameHtml(summary.stream)}</h2>
  <p class="outcome">${badge(summary.outcome)} ${headline ? html`<span>${summary.headline}.</span>` : null}</p>
  ${facts(summary, timeline.thresholds)}
</div>
${timelineHtml(timeline, summary, report.alerts)}
${alertList(report)}
${forgedRanges(report)}
${tracksHtml(report)}
${reasonsAndWarnings(summary)}
${accounting(summary)}
${chain(report)}
${segments(report)}
</section>
`;
}
