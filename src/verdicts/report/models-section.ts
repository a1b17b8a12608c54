/** The models that judged, with what their cards say of them; and the build and topology they ran in. */
import type { ModelIdentity } from '../../domain/ports.js';
import { formatCount, formatProbability } from '../words.js';
import type { StreamSummary } from '../summary.js';
import type { SafeHtml } from './html.js';
import { html, nameHtml } from './html.js';
import type { CardMetric, ReportCard } from './types.js';

function distinct<T>(values: readonly T[], key: (value: T) => string): readonly T[] {
  return [...new Map(values.map((v) => [key(v), v])).values()];
}

function numberText(value: number | string): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}

function metricRow(metric: CardMetric): SafeHtml {
  const interval = metric.interval95 === undefined ? 'not given' : `${numberText(metric.interval95[0])} to ${numberText(metric.interval95[1])}`;
  return html`<tr><td class="who">${metric.name}</td><td class="n" data-label="value">${numberText(metric.value)}</td><td class="n two-thirds" data-label="95% interval">${interval}</td><td class="what" data-label="on">${metric.data ?? 'not given'}</td><td class="what" data-label="command">${metric.command === undefined ? 'not given' : html`<code>${metric.command}</code>`}</td></tr>`;
}

function metrics(card: ReportCard): SafeHtml {
  const list = card.metrics ?? [];
  if (list.length === 0) return html`<h4>How well it does</h4><p>The card gives no measurement: how well this model does is not known.</p>`;
  return html`<h4>How well it does</h4><div class="scroll" tabindex="0" role="region" aria-label="Measurements"><table class="stack"><thead><tr><th>Measure</th><th class="n">Value</th><th class="n">95% interval</th><th>On</th><th>Command</th></tr></thead><tbody>${list.map(metricRow)}</tbody></table></div>`;
}

function training(card: ReportCard): SafeHtml {
  const list = card.trainedOn ?? [];
  if (list.length === 0) return html`<h4>Trained on</h4><p>The card does not say.</p>`;
  return html`<h4>Trained on</h4><ul class="plain">${list.map((t) => html`<li>${t.data}${t.items === undefined ? null : `, ${numberText(t.items)}${typeof t.items === 'number' ? ' items' : ''}`}${t.terms === undefined ? null : html` <span class="soft">(${t.terms})</span>`}</li>`)}</ul>`;
}

function calibrationText(calibration: Readonly<Record<string, unknown>>): string {
  return Object.entries(calibration).map(([key, value]) => `${key} ${typeof value === 'number' ? numberText(value) : typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ');
}

function cardHtml(card: ReportCard): SafeHtml {
  const limits = card.limits ?? [];
  return html`${card.description === undefined ? null : html`<p>${card.description}</p>`}
  ${metrics(card)}${training(card)}
  ${limits.length === 0 ? null : html`<h4>Limits</h4><ul class="plain">${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`}
  <h4>Calibration and licence</h4><dl class="pairs">
    <dt>calibration</dt><dd>${card.calibration === undefined ? 'none given' : calibrationText(card.calibration)}</dd>
    <dt>weights</dt><dd>${card.licence?.weights ?? 'no licence given'}</dd>
    <dt>code</dt><dd>${card.licence?.code ?? 'no licence given'}</dd>
  </dl>`;
}

function identityRows(identity: ModelIdentity): SafeHtml {
  return html`<dt>network</dt><dd>${identity.network}, looks at ${identity.kind === 'clip' ? 'clips of one track' : 'one face at a time'}</dd><dt>ran on</dt><dd>${identity.executor}, ${identity.precision}</dd><dt>digest</dt><dd><code>${identity.digest}</code></dd>`;
}

function modelHtml(identities: readonly ModelIdentity[], name: string, card: ReportCard | undefined): SafeHtml {
  return html`<div class="model"><h3>${nameHtml(name)}${card?.version === undefined ? null : html` <span class="soft">${`version ${card.version}`}</span>`}</h3>
  ${identities.map((identity) => html`<dl class="pairs">${identityRows(identity)}</dl>`)}
  ${card === undefined ? html`<p>No card of this model was at hand when this page was made: what it was trained on and how well it does is not known here.</p>` : cardHtml(card)}</div>`;
}

/** Every model that a verdict names, with its card; cards of models that no verdict names are left out. */
export function modelsSectionHtml(streams: readonly StreamSummary[], cards: readonly ReportCard[]): SafeHtml | null {
  const identities = distinct(streams.flatMap((s) => s.provenances.flatMap((p) => p.models)), (m) => JSON.stringify([m.name, m.digest, m.executor, m.precision]));
  const names = distinct(identities.map((m) => m.name), (n) => n);
  if (names.length === 0) return null;
  return html`<section class="part" id="models"><h2>The models</h2>
<p class="note">The networks whose scores the verdicts rest on, with what their cards say of them.</p>
${names.map((name) => modelHtml(identities.filter((m) => m.name === name), name, cards.find((c) => c.name === name)))}</section>`;
}

/** Which build, topology, decoder and detector made the verdicts. */
export function provenanceSectionHtml(streams: readonly StreamSummary[]): SafeHtml | null {
  const all = streams.flatMap((s) => s.provenances);
  if (all.length === 0) return null;
  const lines = (of: (p: (typeof all)[number]) => SafeHtml): SafeHtml[] => distinct(all.map(of), (v) => v.text).slice(0, 32).map((v) => html`<div>${v}</div>`);
  return html`<section class="part" id="provenance"><h2>How the verdicts were made</h2><dl class="pairs">
  <dt>software</dt><dd>${lines((p) => html`${p.software.name} ${p.software.version}`)}</dd>
  <dt>topology</dt><dd>${lines((p) => html`${p.topology.name} <code>${p.topology.digest}</code>`)}</dd>
  <dt>thresholds</dt><dd>${lines((p) => html`forged from ${formatProbability(p.thresholds.forgedAt)} up, authentic from ${formatProbability(p.thresholds.authenticAt)} down`)}</dd>
  <dt>decoder</dt><dd>${lines((p) => html`${p.decoder}`)}</dd>
  <dt>face detector</dt><dd>${lines((p) => html`${p.detector.name} <code>${p.detector.digest}</code>`)}</dd>
</dl></section>`;
}
