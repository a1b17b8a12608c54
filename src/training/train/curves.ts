/** The course of a training as charts. */
import { html, trusted, type SafeHtml } from '../../verdicts/report/html.js';
import { lineChart, type LineChart, type LineCurve, type Place } from '../../evaluation/report/line-chart.js';
import { legend } from '../../evaluation/report/plot.js';
import { isValidation, type HistoryRecord, type StepRecord, type ValidationRecord } from './history.js';

/** Most points of a curve of steps: each is then the mean of its neighbours, with the band that they scatter in. */
const MOST_MEANS = 150;
/** Data sets whose curves one chart takes beside the one of all. */
const MOST_DATA_SETS = 3;

/** A value of each step as a curve. */
function stepCurve(steps: readonly StepRecord[], name: string, style: number, of: (record: StepRecord) => number): LineCurve {
  const known = steps.filter((record) => Number.isFinite(of(record)));
  const size = Math.ceil(known.length / MOST_MEANS);
  if (size <= 1) return { name, style, points: known.map((record): Place => [record.step, of(record)]) };
  const groups = Array.from({ length: Math.ceil(known.length / size) }, (_, i) => known.slice(i * size, (i + 1) * size));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middles = groups.map((group) => ({ step: mean(group.map(({ step }) => step)), values: group.map(of) }));
  return { name, style, points: middles.map(({ step, values }): Place => [step, mean(values)]), band: middles.map(({ step, values }) => [step, Math.min(...values), Math.max(...values)] as const) };
}

function figure(caption: string, chart: LineChart, note: string | null = null): SafeHtml | null {
  const drawn = lineChart(chart);
  if (drawn === null) return null;
  const named = chart.curves.filter(({ points }) => points.length > 0);
  return html`<figure><p>${caption}</p>${drawn}${named.length > 1 ? legend(named) : null}${note === null ? null : html`<p class="note">${note}</p>`}</figure>`;
}

/** The validation that is the best so far. */
export function bestOf(records: readonly HistoryRecord[]): ValidationRecord | undefined {
  return records.filter(isValidation).findLast(({ validation }) => validation.best);
}

/** Data sets, the ones that the best validation is worst on first. */
function hardestDataSets(records: readonly HistoryRecord[]): readonly string[] {
  const { bySource = {} } = bestOf(records)?.validation ?? {};
  return Object.entries(bySource).sort(([, a], [, b]) => a - b).map(([name]) => name);
}

function aucFigure(validations: readonly ValidationRecord[], until: number): SafeHtml | null {
  const curve = (name: string, style: number, of: (record: ValidationRecord) => number | null | undefined): LineCurve => ({ name, style, points: validations.flatMap((record): Place[] => ((value) => (value === null || value === undefined ? [] : [[record.step, value]]))(of(record))) });
  const names = hardestDataSets(validations);
  const shown = names.length < 2 ? [] : names.slice(0, MOST_DATA_SETS);
  const curves = [curve('all', 0, ({ validation }) => validation.auc), ...shown.map((name, i) => curve(name, i + 1, ({ validation }) => validation.bySource[name]))];
  const best = bestOf(validations);
  const auc = best?.validation.auc;
  return figure(
    'Validation AUC',
    { title: 'Validation AUC', axis: 'AUC', curves, until, within: [0, 1], ...(best === undefined || auc === null || auc === undefined ? {} : { marked: { at: [best.step, auc], about: `best: ${auc.toFixed(4)} after step ${best.step}` } }) },
    names.length > shown.length && shown.length > 0 ? `The ${shown.length} data sets of ${names.length} that are hardest for the best weights.` : null,
  );
}

/** AUC, loss, the parts of the loss, learning rate and norm of the gradients over the steps. */
export function curvesHtml(records: readonly HistoryRecord[]): SafeHtml {
  const validations = records.filter(isValidation);
  const steps = records.filter((record): record is StepRecord => !isValidation(record));
  const best = bestOf(records);
  const until = records.at(-1)?.step ?? 1;
  const validationLoss: LineCurve = { name: 'validation', style: 1, points: validations.map(({ step, validation }): Place => [step, validation.loss]) };
  const parts = [...new Set(steps.flatMap(({ parts: named }) => Object.keys(named)))];
  const one = (caption: string, axis: string, of: (record: StepRecord) => number, more: Partial<LineChart> = {}): SafeHtml | null => figure(caption, { title: caption, axis, curves: [stepCurve(steps, 'training', 0, of)], until, ...more });
  const banded = steps.length > MOST_MEANS;
  return html`<div class="charts">
${aucFigure(validations, until)}
${figure('Loss', { title: 'Loss', axis: 'loss', curves: [stepCurve(steps, 'training', 0, ({ loss }) => loss), validationLoss], until, ...(best === undefined ? {} : { marked: { at: [best.step, best.validation.loss], about: `the best weights: ${best.validation.loss.toFixed(4)} after step ${best.step}` } }) })}
${parts.length < 2 ? null : parts.map((name) => one(`Loss: ${name}`, 'loss', ({ parts: named }) => named[name] ?? NaN))}
${one('Learning rate', 'rate', ({ rate }) => rate, { logarithmic: true })}
${one('Norm of the gradients', 'norm', ({ gradientNorm }) => gradientNorm, { logarithmic: true })}
</div>${banded ? html`<p class="note">Curves of steps are means of ${trusted(String(Math.ceil(steps.length / MOST_MEANS)))} neighbours; the band is what they scatter in.</p>` : null}<p class="note">The ring marks the best weights. Parts of the loss are shown as they are before they are weighted; gradients before they are clipped.</p>`;
}
