/** The page of a training, `training.html`: one HTML page that needs nothing else, no script and no network. */
import { stringify } from 'yaml';
import { CHART_STYLES } from '../../evaluation/report/styles.js';
import { stackedTable } from '../../evaluation/report/tables.js';
import { html, nameHtml, type SafeHtml } from '../../verdicts/report/html.js';
import { pageEnd, pageStart } from '../../verdicts/report/shell.js';
import { counted, formatCount, formatDuration } from '../../verdicts/words.js';
import type { LoadedTrainingConfig } from '../config.js';
import { bestOf, curvesHtml } from './curves.js';
import { isValidation, type HistoryRecord } from './history.js';
import type { OpenedTraining } from './open.js';

/** How far a training is. */
export interface TrainingStanding {
  /** Steps done. */
  readonly step: number;
  /** Seconds of training in all processes. */
  readonly seconds: number;
  /** How often it was taken up again. */
  readonly resumed: number;
  readonly history: { readonly records: readonly HistoryRecord[] };
  /** How it ended; absent while it runs. */
  readonly ended?: 'complete' | 'early' | 'interrupted';
}

/** What a page is made from beside how far the training is. */
export interface TrainingPage {
  readonly loaded: Pick<LoadedTrainingConfig, 'config' | 'digest'>;
  readonly opened: Pick<OpenedTraining, 'network' | 'shape' | 'files'> & { readonly executor: { readonly executor: string } };
  /** The command line that trains it. */
  readonly command: string;
  readonly software: string;
}

/** Rows of the table of validations. */
const MOST_ROWS = 40;

const PAGE_STYLES = `
pre.configuration{margin:14px 0 0;padding:14px 18px;background:var(--panel);border-radius:4px;overflow-x:auto;font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;white-space:pre-wrap}
#training .note{margin-top:16px}#training .note+.note{margin-top:4px}
`;

const STATES = { complete: 'All steps are done.', early: 'Ended early: validation got no better.', interrupted: 'Interrupted: the same command goes on from here.' } as const;

function headline({ step, history: { records } }: TrainingStanding, steps: number): string {
  const best = bestOf(records);
  const after = `step ${formatCount(step)} of ${formatCount(steps)}`;
  if (best === undefined) return `No validation yet, ${after}`;
  const { auc, loss } = best.validation;
  return `${auc === null ? `Validation loss ${loss.toFixed(3)}` : `Validation AUC ${auc.toFixed(3)}`} after step ${formatCount(best.step)}`;
}

function figures({ loaded: { config } }: TrainingPage, { step, seconds, resumed, ended, history: { records } }: TrainingStanding): SafeHtml {
  const figure = (name: string, value: string): SafeHtml => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const { steps } = config.schedule;
  const third = ended === undefined && step > 0 ? figure('about left', formatDuration(((steps - step) * seconds) / step)) : figure('validations', formatCount(records.filter(isValidation).length));
  return html`<dl class="figures">${figure('steps', `${formatCount(step)} of ${formatCount(steps)}`)}${figure('trained for', formatDuration(seconds))}${third}${figure('examples a second', seconds > 0 ? ((step * config.data.batchSize) / seconds).toPrecision(3) : '–')}${figure('taken up again', resumed === 0 ? 'never' : counted(resumed, 'time'))}</dl>`;
}

function validations(records: readonly HistoryRecord[]): SafeHtml | null {
  const all = records.filter(isValidation);
  if (all.length === 0) return null;
  const names = [...new Set(all.flatMap(({ validation }) => Object.keys(validation.bySource)))].sort();
  const best = bestOf(records);
  const number = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : value.toFixed(4));
  const shown = all.slice(-MOST_ROWS);
  const rows = (best === undefined || shown.includes(best) ? shown : [best, ...shown]).toReversed();
  return html`<section class="part" id="validations"><h2>Validations</h2>${stackedTable(
    'Validations',
    [['Step', false], ['AUC', true], ...names.map((name) => [name, true] as const), ['Loss', true], ['Examples', true]],
    rows.map((record) => [html`${formatCount(record.step)}${record === best ? html` <strong>best</strong>` : null}`, number(record.validation.auc), ...names.map((name) => number(record.validation.bySource[name])), number(record.validation.loss), formatCount(record.validation.items)]),
  )}${all.length > rows.length ? html`<p class="note">The best and the last ${MOST_ROWS} of ${formatCount(all.length)}.</p>` : null}</section>`;
}

function provenance({ loaded: { config, digest }, opened: { network, shape, executor, files }, command }: TrainingPage): SafeHtml {
  return html`<section class="part" id="configuration"><h2>What is trained, on what and how</h2><dl class="pairs">
<dt>Network</dt><dd>${network.name}, ${shape.clipLength > 1 ? `clips of ${shape.clipLength} faces` : 'faces'} of ${shape.inputSize} pixels</dd>
<dt>Executor</dt><dd>${executor.executor}</dd>
<dt>Command</dt><dd><code>${command}</code></dd>
${files.map(({ file, sha256 }) => html`<dt>File</dt><dd>${nameHtml(file, 96)}, <code>sha256:${sha256}</code></dd>`)}
<dt>Configuration</dt><dd><code>sha256:${digest}</code></dd></dl>
<details><summary>The configuration, defaults put in</summary><pre class="configuration">${stringify(JSON.parse(JSON.stringify(config)), { lineWidth: 0 })}</pre></details></section>`;
}

/** The page's text. The same history and standing give the same page. */
export function renderTraining(page: TrainingPage, standing: TrainingStanding): string {
  const { config } = page.loaded;
  const { records } = standing.history;
  const heading = headline(standing, config.schedule.steps);
  const state = standing.ended === undefined ? 'Under way: this page is written anew with each checkpoint.' : STATES[standing.ended];
  return html`${pageStart(`${heading}: ${config.output.name}, framewitness training`, `${CHART_STYLES}${PAGE_STYLES}`)}
<header class="page-head"><p class="eyebrow"><strong>framewitness</strong> training: ${nameHtml(config.output.name, 96)}</p><h1>${heading}</h1>
<p class="evidence">${state}</p>
${figures(page, standing)}</header>
<main>
<section class="part" id="training"><h2>Curves</h2>${curvesHtml(records)}</section>
${validations(records)}${provenance(page)}
<section class="part" id="limits"><h2>What this says and does not say</h2><ul class="plain">
<li>Validation scores the same ${counted(config.data.val.batches, 'batch', 'batches')} of examples each time, made by the recipe ${config.data.val.recipe}. How the model does on whole videos of other sources is what evaluate measures.</li>
<li>The best weights were chosen by these validations, so their figure flatters a little.</li>
</ul></section>
</main>${pageEnd(page.software)}`.text;
}
