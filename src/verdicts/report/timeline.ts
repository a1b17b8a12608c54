/** The timeline of a stream: an SVG that stretches to any width, with its labels, verdict strip and ticks in HTML so that they do not stretch. */
import type { VerdictLabel } from '../../domain/verdict.js';
import type { StreamSummary } from '../summary.js';
import { alertText, type AlertSpan } from '../alert-spans.js';
import { byAttention } from '../track-summary.js';
import { VERDICT_LETTER, counted, formatMediaTime, formatProbability, formatTimeRange } from '../words.js';
import type { SafeHtml } from './html.js';
import { html, trusted } from './html.js';
import type { Column, Range, Timeline, TrackPoint } from './timeline-data.js';
import { columnVerdict, joinRanges } from './timeline-data.js';

/** Track lines in one chart: more cannot be told apart. */
const MAX_TRACK_LINES = 8;
/** Room above 1 and below 0, in hundredths of the height, so that lines there are not cut. */
const MARGIN = 4;
/** Scores drawn singly: more are noise. */
const MAX_MARKS = 3000;
/** From this many columns on, neighbours of the same verdict share one cell of the strip. */
const MAX_CELLS = 60;
const LABELS: readonly VerdictLabel[] = ['authentic', 'inconclusive', 'forged'];

const fixed = (n: number): string => String(Math.round(n * 10) / 10);
/** Height of a probability in the 0 to 100 box. */
const yOf = (p: number): number => MARGIN + (1 - p) * (100 - 2 * MARGIN);

/** Maps media time to the 0 to 1000 box, and columns to their drawn extent. */
class Scale {
  readonly start: number;
  readonly end: number;
  readonly #ends: readonly number[];

  constructor(readonly columns: readonly Column[]) {
    this.start = Math.min(...columns.map((c) => c.startMicros));
    // A segment lasts until the next one starts, not until its last frame starts: close such small gaps, keep real ones.
    this.#ends = columns.map((c, i) => {
      const next = columns[i + 1]?.startMicros ?? c.endMicros;
      return next > c.endMicros && next - c.endMicros < 0.25 * (next - c.startMicros) ? next : c.endMicros;
    });
    this.end = Math.max(this.start + 1, ...this.#ends);
  }

  x(micros: number): number {
    return Math.min(1000, Math.max(0, ((micros - this.start) / (this.end - this.start)) * 1000));
  }

  /** Left and right of column `i`; at least a hairline wide. */
  extent(i: number): readonly [number, number] {
    const left = this.x(this.columns[i]?.startMicros ?? this.start);
    return [left, Math.max(left + 0.5, this.x(this.#ends[i] ?? this.end))];
  }

  /** True when column `i` starts where the one before ends. */
  follows(i: number): boolean {
    return i > 0 && Math.abs(this.extent(i)[0] - this.extent(i - 1)[1]) < 1;
  }
}

/** Steps through the columns: a path per verdict, and one of the risers between neighbours. */
function steps(scale: Scale, pointOf: (column: Column) => Pick<TrackPoint, 'probability' | 'verdict'> | undefined): SafeHtml {
  const paths: Record<VerdictLabel, string> = { authentic: '', inconclusive: '', forged: '' };
  let risers = '';
  let before: number | null = null;
  scale.columns.forEach((column, i) => {
    const point = pointOf(column);
    const p = point?.probability ?? null;
    if (point !== undefined && p !== null) {
      const [left, right] = scale.extent(i);
      paths[point.verdict] += `M${fixed(left)} ${fixed(yOf(p))}H${fixed(right)}`;
      if (before !== null && before !== p && scale.follows(i)) risers += `M${fixed(left)} ${fixed(yOf(before))}V${fixed(yOf(p))}`;
    }
    before = p;
  });
  const lines = LABELS.filter((label) => paths[label] !== '').map((label) => trusted(`<path class="${label}" d="${paths[label]}"/>`));
  return html`${risers === '' ? null : trusted(`<path class="riser" d="${risers}"/>`)}${lines}`;
}

function backdrop({ forgedAt, authenticAt }: Timeline['thresholds']): SafeHtml {
  const [f, a] = [fixed(yOf(forgedAt)), fixed(yOf(authenticAt))];
  return trusted(
    `<rect class="zone forged" width="1000" height="${f}"/><rect class="zone authentic" y="${a}" width="1000" height="${fixed(100 - Number(a))}"/>` +
      `<path class="threshold forged" d="M0 ${f}H1000"/><path class="threshold authentic" d="M0 ${a}H1000"/>`,
  );
}

/** Scores of the drawn tracks as path data; where there are too many, the range of each column instead. */
interface Marks {
  readonly dots: string;
  readonly bars: string;
  readonly ranges: string;
}

function marksOf(scale: Scale, timeline: Timeline, drawn: ReadonlySet<number>): Marks {
  const dots = timeline.columns.flatMap((c) => c.dots.filter((d) => drawn.has(d.track)));
  const bars = timeline.columns.flatMap((c) => c.bars.filter((b) => drawn.has(b.track)));
  if (timeline.single && dots.length + bars.length <= MAX_MARKS) {
    return {
      dots: dots.map((d) => `M${fixed(scale.x(d.ptsMicros))} ${fixed(yOf(d.probability))}h0`).join(''),
      bars: bars.map((b) => `M${fixed(scale.x(b.startMicros))} ${fixed(yOf(b.probability))}H${fixed(scale.x(b.endMicros))}`).join(''),
      ranges: '',
    };
  }
  let ranges = '';
  scale.columns.forEach((column, i) => {
    const range = [...column.tracks].reduce<Range | null>((r, [id, point]) => (drawn.has(id) ? joinRanges(r, point.range) : r), null);
    if (range === null) return;
    const [left, right] = scale.extent(i);
    ranges += `M${fixed(left)} ${fixed(yOf(range.highest))}H${fixed(right)}V${fixed(yOf(range.lowest) + 0.5)}H${fixed(left)}Z`;
  });
  return { dots: '', bars: '', ranges };
}

function marksHtml({ ranges, bars, dots }: Marks): SafeHtml {
  const path = (name: string, d: string): string => (d === '' ? '' : `<path class="${name}" d="${d}"/>`);
  return trusted(path('ranges', ranges) + path('bars', bars) + path('dots', dots));
}

/** What a column says when it is pointed at. */
function columnTitle(column: Column, thresholds: Timeline['thresholds']): string {
  const { forged, authentic, inconclusive } = column.counts;
  const verdict = column.segments === 1 ? columnVerdict(column) : `${column.segments} segments: ${forged} forged, ${authentic} authentic, ${inconclusive} inconclusive`;
  const p = column.probability === null ? 'no probability' : `${column.segments === 1 ? '' : 'highest '}probability ${formatProbability(column.probability, thresholds)}`;
  const tracks = [...column.tracks].filter(([, t]) => t.probability !== null).slice(0, 6);
  const list = tracks.map(([id, t]) => `track ${id}: ${formatProbability(t.probability, thresholds)} ${t.verdict}`);
  return [`${formatTimeRange(column.startMicros, column.endMicros)}, ${verdict}, ${p}`, ...list].join('\n');
}

function hits(scale: Scale, timeline: Timeline): SafeHtml[] {
  return timeline.columns.map((column, i) => {
    const [left, right] = scale.extent(i);
    return html`<rect class="hit" x="${fixed(left)}" width="${fixed(right - left)}" height="100"><title>${columnTitle(column, timeline.thresholds)}</title></rect>`;
  });
}

const percent = (x: number): string => `${String(Math.round(x * 10) / 100)}%`;

/** A cell of the strip: a column, or a run of columns with one verdict. */
interface Cell {
  readonly verdict: VerdictLabel;
  readonly left: number;
  readonly right: number;
  readonly title: string;
}

function cells(scale: Scale, timeline: Timeline): readonly Cell[] {
  const { columns, thresholds } = timeline;
  const runs: { verdict: VerdictLabel; first: number; last: number }[] = [];
  columns.forEach((column, i) => {
    const verdict = columnVerdict(column);
    const run = runs.at(-1);
    if (columns.length > MAX_CELLS && run?.verdict === verdict && scale.follows(i)) run.last = i;
    else runs.push({ verdict, first: i, last: i });
  });
  return runs.flatMap(({ verdict, first, last }) => {
    const [from, to] = [columns[first], columns[last]];
    if (from === undefined || to === undefined) return [];
    const segments = columns.slice(first, last + 1).reduce((n, c) => n + c.segments, 0);
    const title = first === last ? columnTitle(from, thresholds) : `${formatTimeRange(from.startMicros, to.endMicros)}, ${verdict}, ${counted(segments, 'segment')}`;
    return [{ verdict, left: scale.extent(first)[0], right: scale.extent(last)[1], title }];
  });
}

function strip(scale: Scale, timeline: Timeline): SafeHtml {
  return html`<div class="strip" aria-hidden="true">${cells(scale, timeline).map(
    ({ verdict, left, right, title }) => html`<i class="${verdict}" style="left:${percent(left)};width:${percent(right - left)}" title="${title}"><b>${VERDICT_LETTER[verdict]}</b></i>`,
  )}</div>`;
}

const TICK_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

function ticks(scale: Scale): SafeHtml {
  const span = scale.end - scale.start;
  const step = (TICK_SECONDS.find((s) => span / (s * 1e6) <= 9) ?? Math.ceil(span / 9e6 / 86_400) * 86_400) * 1e6;
  const times: number[] = [];
  for (let t = Math.ceil(scale.start / step) * step; t <= scale.end; t += step) times.push(t);
  const label = (t: number): string => (step < 1e6 ? formatMediaTime(t) : formatMediaTime(t).replace(/\.\d$/, ''));
  return html`<div class="ticks" aria-hidden="true">${times.map((t) => {
    const odd = Math.round(t / step) % 2 !== 0;
    return html`<span${odd ? trusted(' class="odd"') : null} style="left:${percent(scale.x(t))}">${label(t)}</span>`;
  })}</div>`;
}

/** Numbers beside the track lines, left out where they would cover each other. */
function trackLabels(scale: Scale, ids: readonly number[]): SafeHtml[] {
  const placed: { x: number; y: number }[] = [];
  return ids.flatMap((id) => {
    const i = scale.columns.findIndex((c) => (c.tracks.get(id)?.probability ?? null) !== null);
    const p = scale.columns[i]?.tracks.get(id)?.probability ?? null;
    if (p === null) return [];
    const spot = { x: scale.extent(i)[0], y: yOf(p) };
    if (placed.some((q) => Math.abs(q.x - spot.x) < 40 && Math.abs(q.y - spot.y) < 9)) return [];
    placed.push(spot);
    return [html`<span class="track-label${spot.x > 940 ? ' late' : null}" style="left:${percent(spot.x)};top:${fixed(spot.y)}%">${id}</span>`];
  });
}

function legend(timeline: Timeline, marks: Marks, lines: number, total: number, alerts: boolean): SafeHtml {
  const { forgedAt, authenticAt } = timeline.thresholds;
  const joined = timeline.segmentsPerColumn > 1;
  const some = lines < total ? ' of these tracks' : '';
  return html`<figcaption>
    <ul class="legend">
      <li><i class="key step"></i>${joined ? 'highest probability of a column' : 'probability of a segment (its highest track)'}</li>
      ${lines > 0 ? html`<li><i class="key line"></i>tracks, numbered${lines < total ? ` (${lines} of ${total} drawn)` : ''}</li>` : null}
      ${marks.dots !== '' ? html`<li><i class="key dot"></i>${`frame scores${some}`}</li>` : null}
      ${marks.bars !== '' ? html`<li><i class="key bar"></i>${`clip scores${some}`}</li>` : null}
      ${marks.ranges !== '' ? html`<li><i class="key range"></i>${`lowest to highest frame score${some}`}</li>` : null}
      <li><b class="letter forged">F</b>forged: ${formatProbability(forgedAt)} and above</li>
      <li><b class="letter authentic">A</b>authentic: ${formatProbability(authenticAt)} and below</li>
      <li><b class="letter inconclusive">?</b>inconclusive</li>
      ${alerts ? html`<li><i class="key alert"></i>alert open</li>` : null}
    </ul>
    ${joined ? html`<p class="note">This stream is long: each column joins up to ${timeline.segmentsPerColumn} segments and shows their highest probability and, below, their worst verdict (forged before inconclusive before authentic). Single scores are in the verdict file.</p>` : null}
  </figcaption>`;
}

/** Where alerts on the stream as a whole were open; those of tracks are in the list below. */
function alertBand(scale: Scale, alerts: readonly AlertSpan[]): SafeHtml | null {
  const own = alerts.filter(({ track }) => track === null);
  if (own.length === 0) return null;
  return html`<div class="alerts" aria-hidden="true">${own.map((span) => {
    const [left, right] = [scale.x(span.startMicros), scale.x(span.endMicros)];
    return html`<i style="left:${percent(left)};width:${percent(Math.max(2, right - left))}" title="${`Alert on ${alertText(span)}`}"></i>`;
  })}</div>`;
}

/** The figure of one stream; nothing when it has no segment. */
export function timelineHtml(timeline: Timeline, summary: StreamSummary, alerts: readonly AlertSpan[] = []): SafeHtml | null {
  if (timeline.columns.length === 0) return null;
  const scale = new Scale(timeline.columns);
  const { forgedAt, authenticAt } = timeline.thresholds;
  const scored = summary.tracks.filter((t) => t.probability !== null);
  const ids = [...scored].sort(byAttention).slice(0, MAX_TRACK_LINES).map((t) => t.id);
  const marks = marksOf(scale, timeline, new Set([...ids, ...(scored.length <= MAX_TRACK_LINES ? summary.tracks.map((t) => t.id) : [])]));
  const empty = timeline.columns.every((c) => c.probability === null);
  const side = (label: VerdictLabel, from: number, to: number): SafeHtml => html`<span class="${label}" style="top:${fixed((yOf(from) + yOf(to)) / 2)}%"><b>${VERDICT_LETTER[label]}</b><em>${label}</em></span>`;
  const level = (p: number, name: string): SafeHtml => html`<span class="${name}" style="top:${fixed(yOf(p))}%">${formatProbability(p)}</span>`;
  return html`<figure class="timeline${empty ? ' empty' : null}">
  <div class="axis" aria-hidden="true">${level(1, 'end')}${level(forgedAt, 'forged')}${level(authenticAt, 'authentic')}${level(0, 'end')}</div>
  <div class="canvas">
    <svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="${`Probability that a face is forged against media time, ${formatTimeRange(scale.start, scale.end)}. ${summary.headline}. ${counted(summary.counts.forged, 'segment')} forged, ${summary.counts.authentic} authentic, ${summary.counts.inconclusive} inconclusive.`}">
      ${backdrop(timeline.thresholds)}${marksHtml(marks)}
      ${ids.map((id) => html`<g class="track-line">${steps(scale, (c) => c.tracks.get(id))}</g>`)}
      <g class="segment-line">${steps(scale, (c) => ({ probability: c.probability, verdict: columnVerdict(c) }))}</g>
      ${hits(scale, timeline)}
    </svg>
    ${trackLabels(scale, ids)}
    ${empty ? html`<p class="nothing">No probability: nothing could be judged</p>` : null}
  </div>
  <div class="sides" aria-hidden="true">${side('forged', forgedAt, 1)}${side('inconclusive', authenticAt, forgedAt)}${side('authentic', 0, authenticAt)}</div>
  ${strip(scale, timeline)}
  ${alertBand(scale, alerts)}
  ${ticks(scale)}
  ${legend(timeline, marks, ids.length, scored.length + summary.tracksOmitted, alerts.some(({ track }) => track === null))}
</figure>`;
}

/** The line of one track over the whole stream's time, small. */
export function sparklineHtml(timeline: Timeline, track: number): SafeHtml | null {
  if (timeline.columns.length < 2) return null;
  const scale = new Scale(timeline.columns);
  return html`<svg class="sparkline" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="${`Probability of track ${track} over the stream's time`}">${backdrop(timeline.thresholds)}<g class="segment-line">${steps(scale, (c) => c.tracks.get(track))}</g></svg>`;
}
