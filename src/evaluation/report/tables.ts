/** The tables of an evaluation's page. */
import { html, nameHtml, type HtmlValue, type SafeHtml } from '../../verdicts/report/html.js';
import { formatCount } from '../../verdicts/words.js';
import type { Interval } from '../bootstrap.js';
import type { EvaluationRecord } from '../record-schema.js';

/** A number with 3 decimals; a dash where there is none. */
export function number(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

/** A value, its interval beside it. */
export function valueHtml(value: number | null, interval: Interval | null): SafeHtml {
  return html`${number(value)}${interval === null ? null : html` <span class="interval">(${number(interval[0])} to ${number(interval[1])})</span>`}`;
}

/** A column: its heading, and whether it holds numbers. */
type Column = readonly [heading: string, isNumber: boolean];

/** A table that becomes a list of cards on narrow screens. The first column names the row. */
export function stackedTable(label: string, columns: readonly Column[], rows: readonly (readonly HtmlValue[])[]): SafeHtml {
  const cell = (value: HtmlValue, [heading, isNumber]: Column, i: number): SafeHtml => (i === 0 ? html`<td class="who">${value}</td>` : html`<td class="${isNumber ? 'n' : ''}" data-label="${heading}">${value}</td>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="stack"><thead><tr>${columns.map(([heading, isNumber]) => html`<th class="${isNumber ? 'n' : ''}">${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((value, i) => cell(value, columns[i] ?? ['', false], i))}</tr>`)}</tbody></table></div>`;
}

type Level = EvaluationRecord['video'];

function levelRow(name: HtmlValue, level: Level): readonly HtmlValue[] {
  return [
    name,
    `${formatCount(level.real)} + ${formatCount(level.forged)}`,
    valueHtml(level.auc, level.auc95),
    valueHtml(level.averagePrecision, level.averagePrecision95),
    valueHtml(level.equalErrorRate, level.equalErrorRate95),
    valueHtml(level.accuracy, level.accuracy95),
    number(level.tprAtFpr1Percent),
    number(level.tprAtFpr01Percent),
    number(level.logLoss),
    number(level.calibrationError),
  ];
}

/** Metrics at every level, of all models together and of each by itself. */
export function levelsTable(record: EvaluationRecord): SafeHtml {
  const columns: readonly Column[] = [['', false], ['real + forged', true], ['AUC', true], ['Average precision', true], ['Equal error rate', true], ['Accuracy at 0.5', true], ['TPR at 1 %', true], ['TPR at 0.1 %', true], ['Log loss', true], ['Calibration error', true]];
  const own = (prefix: HtmlValue, source: Pick<EvaluationRecord, 'video' | 'segment' | 'frame' | 'clip'>): (readonly HtmlValue[])[] =>
    (['video', 'segment', 'frame', 'clip'] as const).flatMap((name) => ((level) => (level === undefined || level.count === 0 ? [] : [levelRow(html`${name}${prefix}`, level)]))(source[name]));
  return stackedTable('Metrics', columns, [...own(null, record), ...Object.entries(record.bySource).flatMap(([name, source]) => own(html` <span class="soft">by ${nameHtml(name, 40)}</span>`, source))]);
}

/** Metrics of parts. */
export function groupsTable({ groups }: EvaluationRecord): SafeHtml {
  const columns: readonly Column[] = [['', false], ['real + forged', true], ['Not scored', true], ['Video AUC', true], ['Average precision', true], ['Equal error rate', true], ['Frame AUC', true]];
  return stackedTable('Parts', columns, groups.map((group) => [html`<span class="soft">${group.by}</span> ${nameHtml(group.name, 64)}`, `${formatCount(group.real)} + ${formatCount(group.forged)}`, formatCount(group.unscored), valueHtml(group.videoAuc, group.videoAuc95), number(group.videoAveragePrecision), number(group.videoEqualErrorRate), number(group.frameAuc)]));
}

/** Videos on the wrong side of 0.5. */
export function mistakesTable({ mistakes }: EvaluationRecord): SafeHtml {
  const columns: readonly Column[] = [['', false], ['It is', false], ['Method', false], ['Score', true], ['Verdict', false]];
  return stackedTable('Mistakes', columns, mistakes.map(({ name, label, method, score, verdict }) => [nameHtml(name, 96), label === 'fake' ? 'forged' : 'real', method === null ? '–' : nameHtml(method, 40), number(score), verdict]));
}

/** Verdicts at the thresholds of the topology. */
export function decisionsTable({ decisions }: EvaluationRecord): SafeHtml {
  const columns: readonly Column[] = [['', false], ['Called forged', true], ['Called authentic', true], ['Inconclusive', true]];
  const row = (name: string, { forged, authentic, inconclusive }: EvaluationRecord['decisions']['real']): readonly HtmlValue[] => {
    const total = forged + authentic + inconclusive;
    const share = (count: number): string => `${formatCount(count)}${total === 0 ? '' : ` (${((100 * count) / total).toFixed(1)} %)`}`;
    return [name, share(forged), share(authentic), share(inconclusive)];
  };
  return stackedTable('Verdicts', columns, [row('Real', decisions.real), row('Forged', decisions.fake)]);
}
