/** The page of a replay: one HTML page that needs nothing else, no script and no network. */
import { differenceText } from '../compare.js';
import type { ReplayOutcome, ReplayResult } from '../replay-result.js';
import { replayHeadline, type ReplaySummary } from '../replay-summary.js';
import { counted, formatCount, formatMediaTime } from '../words.js';
import { html, nameHtml, type SafeHtml } from './html.js';
import { pageEnd, pageStart } from './shell.js';
import { badge } from './stream-section.js';

/** What the page is made from. */
export interface ReplayPage {
  readonly summary: ReplaySummary;
  readonly tolerance: number;
  /** Digest of the topology that the verdicts were derived by. */
  readonly topology: string;
  readonly generatedBy?: string;
}

/** Fields shown of one result. */
const MAX_FIELDS = 40;
const MAX_RESULTS = 300;
const MAX_STREAMS = 1000;

const OUTCOME_WORDS: Readonly<Record<ReplayOutcome, string>> = { identical: 'identical', 'within-tolerance': 'within the tolerance', different: 'different', 'not-comparable': 'not comparable' };

function delta(value: number | null): string {
  return value === null ? '–' : value === 0 ? '0' : `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(4)}`;
}

function figures({ counts, flipped }: ReplaySummary): SafeHtml {
  const figure = (name: string, value: number, tone = ''): SafeHtml => html`<div class="${tone}"><dt>${name}</dt><dd>${formatCount(value)}</dd></div>`;
  return html`<dl class="figures">
    ${figure('identical', counts.identical, 'authentic')}
    ${figure('within the tolerance', counts['within-tolerance'])}
    ${figure('different', counts.different, counts.different > 0 ? 'forged' : '')}
    ${figure('with another label', flipped, flipped > 0 ? 'forged' : '')}
    ${figure('not comparable', counts['not-comparable'], 'inconclusive')}
  </dl>`;
}

function streams({ streams: list }: ReplaySummary): SafeHtml {
  const rows = list.slice(0, MAX_STREAMS).map((each) => {
    const { counts } = each;
    return html`<tr><td class="who">${nameHtml(each.stream, 64)}</td><td class="n" data-label="verdicts">${formatCount(each.verdicts)}</td><td class="n" data-label="identical">${formatCount(counts.identical)}</td><td class="n" data-label="within tolerance">${formatCount(counts['within-tolerance'])}</td><td class="n" data-label="different">${formatCount(counts.different)}</td><td class="n" data-label="not comparable">${formatCount(counts['not-comparable'])}</td><td class="n" data-label="other label">${formatCount(each.flipped)}</td><td class="n" data-label="largest change">${delta(each.largestDelta)}</td></tr>`;
  });
  return html`<section class="part" id="streams"><h2>Streams</h2><div class="scroll" tabindex="0" role="region" aria-label="Streams"><table class="stack">
  <thead><tr><th>Stream</th><th class="n">Verdicts</th><th class="n">Identical</th><th class="n">Within tolerance</th><th class="n">Different</th><th class="n">Not comparable</th><th class="n">Other label</th><th class="n">Largest change</th></tr></thead><tbody>${rows}</tbody></table></div>
  ${list.length > rows.length ? html`<p class="note">And ${counted(list.length - rows.length, 'more stream')}.</p>` : null}</section>`;
}

function provenance({ provenance: list }: ReplaySummary): SafeHtml {
  const body =
    list.length === 0
      ? html`<p>Segments, topology, models, detector, decoder and build are those that the recorded verdicts name.</p>`
      : html`<p>The verdicts were derived otherwise than they were recorded. Differences between them may come from this:</p><ul class="plain">${list.map(({ difference, verdicts }) => html`<li><code>${difference}</code> <span class="soft">${counted(verdicts, 'verdict')}</span></li>`)}</ul>`;
  return html`<section class="part" id="provenance"><h2>Derived by</h2>${body}</section>`;
}

function resultHtml(result: ReplayResult): SafeHtml {
  const place = html`<strong>${nameHtml(result.stream, 64)}</strong> segment ${result.sequence} at ${formatMediaTime(result.startMicros)}`;
  if (result.obstacle !== null) return html`<li>${place}<p>Not comparable: ${result.obstacle.detail}. <code class="soft">${result.obstacle.kind}</code></p></li>`;
  if (result.renumbered) return html`<li>${place}<p>The same but for the numbers of its tracks: they count from the stream's first segment, which is not at hand.</p></li>`;
  const { recorded, derived } = result;
  const labels = recorded === null || derived === null ? null : recorded.verdict === derived.verdict ? badge(recorded.verdict) : html`${badge(recorded.verdict)} was recorded, ${badge(derived.verdict)} was derived`;
  const shown = result.differences.slice(0, MAX_FIELDS);
  const more = result.differences.length - shown.length + result.differencesOmitted;
  return html`<li>${place}<p class="outcome">${labels} <span class="soft">${OUTCOME_WORDS[result.outcome]}; probability ${delta(result.probabilityDelta)}</span></p>
  <details><summary>${counted(result.differences.length + result.differencesOmitted, 'field')}</summary><ul class="plain">${shown.map((difference) => html`<li><code>${differenceText(difference)}</code></li>`)}${more > 0 ? html`<li>And ${counted(more, 'more field')}.</li>` : null}</ul></details></li>`;
}

function results({ notable, notableOmitted }: ReplaySummary): SafeHtml | null {
  if (notable.length === 0) return null;
  const shown = notable.slice(0, MAX_RESULTS);
  const more = notable.length - shown.length + notableOmitted;
  return html`<section class="part" id="results"><h2>Verdicts that are not identical</h2><ul class="error-list">${shown.map(resultHtml)}</ul>${more > 0 ? html`<p class="note">And ${counted(more, 'more verdict')}: see the file of results.</p>` : null}</section>`;
}

/** The page's text. The same summary gives the same page. */
export function renderReplay({ summary, tolerance, topology, generatedBy }: ReplayPage): string {
  const heading = replayHeadline(summary);
  return html`${pageStart(`${heading}: framewitness replay`)}
<header class="page-head"><p class="eyebrow"><strong>framewitness</strong> replay</p><h1>${heading}</h1>
<p class="evidence">Recorded verdicts were derived again from their segments and compared field by field. Scores count as the same up to ${tolerance} apart; nothing else may differ. Topology <code>${topology}</code>.</p>
${figures(summary)}</header>
<main>
${streams(summary)}${provenance(summary)}${results(summary)}
<section class="part" id="limits"><h2>What this says and does not say</h2><ul class="plain">
<li>Identical: the same bytes, by the named topology and models, lead to the recorded finding to the last digit. It does not say that the finding is right.</li>
<li>Not comparable is no sign of a mistake or of a change: something that the verdict depends on is not at hand.</li>
<li>That no record was changed or removed, and who wrote it, is what verify checks.</li>
</ul></section>
</main>${pageEnd(generatedBy)}`.text;
}
