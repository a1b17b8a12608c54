/** The evidence report: one HTML page that needs nothing else, no script and no network. */
import type { VerdictLabel } from '../../domain/verdict.js';
import type { StreamOutcome } from '../summary.js';
import { counted, formatCount, formatMediaTime, formatProbability } from '../words.js';
import type { StreamReport } from './collect.js';
import { collectStreams } from './collect.js';
import type { SafeHtml } from './html.js';
import { html, nameHtml, trusted } from './html.js';
import { modelsSectionHtml, provenanceSectionHtml } from './models-section.js';
import { badge, streamSectionHtml } from './stream-section.js';
import { pageEnd, pageStart } from './shell.js';
import type { ReportError, ReportInput } from './types.js';

/** Streams with a section of their own; the others are in the table alone. Keeps a page of thousands of files readable. */
const MAX_SECTIONS = 100;
const MAX_ERRORS = 500;
const MAX_INDEX = 1000;
const OUTCOME_ORDER: readonly StreamOutcome[] = ['forged', 'inconclusive', 'partly-judged', 'authentic'];


function total(streams: readonly StreamReport[], verdict: VerdictLabel): number {
  return streams.reduce((n, s) => n + s.summary.counts[verdict], 0);
}

/** What all streams together come to, claiming no more than they do: the heading, and a sentence where there is more to say. */
function answer(streams: readonly StreamReport[]): { readonly heading: string; readonly sentence: string | null } {
  const of = (outcome: StreamOutcome): number => streams.filter((s) => s.summary.outcome === outcome).length;
  const [first] = streams;
  if (first === undefined) return { heading: 'Nothing was judged', sentence: null };
  if (streams.length === 1) return { heading: first.summary.headline, sentence: null };
  const parts = [
    of('authentic') > 0 ? `${formatCount(of('authentic'))} judged authentic throughout` : null,
    of('partly-judged') > 0 ? `${formatCount(of('partly-judged'))} decided in part, without forged segments` : null,
    of('inconclusive') > 0 ? `${formatCount(of('inconclusive'))} not decided at all` : null,
  ].filter((p) => p !== null);
  const heading = of('forged') > 0 ? `Faces judged forged in ${formatCount(of('forged'))} of ${counted(streams.length, 'stream')}` : `No segment of ${counted(streams.length, 'stream')} judged forged`;
  return { heading, sentence: parts.length === 0 ? null : `${of('forged') > 0 ? 'Of the others' : 'Of these'}: ${parts.join('; ')}.` };
}

function figures(streams: readonly StreamReport[]): SafeHtml {
  const micros = streams.reduce((n, s) => n + Math.max(0, s.summary.endMicros - s.summary.startMicros), 0);
  const figure = (name: string, value: string, tone = ''): SafeHtml => html`<div class="${tone}"><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="figures">
    ${figure('forged segments', formatCount(total(streams, 'forged')), 'forged')}
    ${figure('authentic', formatCount(total(streams, 'authentic')), 'authentic')}
    ${figure('inconclusive', formatCount(total(streams, 'inconclusive')), 'inconclusive')}
    ${figure(streams.length === 1 ? 'stream' : 'streams', formatCount(streams.length))}
    ${figure('media time', formatMediaTime(micros).replace(/\.\d$/, ''))}
  </dl>`;
}

function index(streams: readonly StreamReport[], sections: ReadonlyMap<StreamReport, string>): SafeHtml {
  const rows = streams.slice(0, MAX_INDEX).map((report) => {
    const { summary } = report;
    const anchor = sections.get(report);
    const name = nameHtml(summary.stream, 64);
    const { segments, counts, worst } = summary;
    return html`<tr><td class="who">${anchor === undefined ? name : html`<a href="#${anchor}">${name}</a>`}</td><td class="what">${badge(summary.outcome)}</td><td class="n" data-label="forged">${formatCount(counts.forged)} of ${formatCount(segments)}</td><td class="n" data-label="inconclusive">${formatCount(counts.inconclusive)}</td><td class="n" data-label="highest">${formatProbability(worst?.probability ?? null, report.timeline.thresholds)}</td></tr>`;
  });
  const hidden = streams.length - sections.size;
  return html`<section class="part" id="streams"><h2>Streams</h2><div class="scroll" tabindex="0" role="region" aria-label="Streams"><table class="stack">
  <thead><tr><th>Stream</th><th>Outcome</th><th class="n">Forged segments</th><th class="n">Inconclusive</th><th class="n">Highest probability</th></tr></thead><tbody>${rows}</tbody></table></div>
  ${hidden > 0 ? html`<p class="note">To keep this page readable, ${counted(hidden, 'stream')} of the ${formatCount(streams.length)} have no section of their own; forged ones come first. All verdicts are in the verdict file.</p>` : null}</section>`;
}

function errorsSection(errors: readonly ReportError[]): SafeHtml | null {
  if (errors.length === 0) return null;
  const shown = errors.slice(0, MAX_ERRORS);
  return html`<section class="part" id="errors"><h2>Inputs with errors</h2><ul class="error-list">${shown.map((e) => html`<li><strong>${nameHtml(e.input)}</strong><p>${e.message} <code class="soft">${e.code}</code></p>${e.fix === undefined ? null : html`<p class="soft">${e.fix}</p>`}</li>`)}</ul>
  ${errors.length > shown.length ? html`<p class="note">And ${counted(errors.length - shown.length, 'more error')}.</p>` : null}</section>`;
}

const SAYS = trusted(`<section class="part" id="limits"><h2>What this says and does not say</h2><div class="two">
<div><h3>It says</h3><ul class="plain">
<li>How likely the named models hold each face to be forged, segment by segment, as a calibrated probability between 0 and 1.</li>
<li>Which segments and tracks could not be judged, and why. A failure is never turned into a score.</li>
<li>From which bytes, by which models and settings each verdict came, so that it can be derived again and checked.</li>
</ul></div>
<div><h3>It does not say</h3><ul class="plain">
<li>It is evidence, not proof: a person who knows the material should look at it before anyone acts on it.</li>
<li>Authentic means that these models found no sign of the forgeries they know. New methods, strong compression and small faces lower what they can see; the model cards give measured error rates where there are any.</li>
<li>It speaks of faces alone: not of voices, text, staging, the order of scenes, or who made a change and why.</li>
<li>Inconclusive is not a mild form of either verdict. Nothing was decided there.</li>
<li>The probability is calibrated on the data that the cards name, and may be off on other material.</li>
<li>The hash chain shows changes made after the verdicts were written. It cannot show that the newest records are missing, nor vouch for who wrote them.</li>
</ul></div></div></section>
`);

/** Forged first, in the order of the input otherwise, when there are too many for a section each. */
function sectionsOf(streams: readonly StreamReport[]): ReadonlyMap<StreamReport, string> {
  const chosen = new Set(
    streams.length <= MAX_SECTIONS ? streams : [...streams].sort((a, b) => OUTCOME_ORDER.indexOf(a.summary.outcome) - OUTCOME_ORDER.indexOf(b.summary.outcome)).slice(0, MAX_SECTIONS),
  );
  return new Map(streams.filter((s) => chosen.has(s)).map((s, i) => [s, `stream-${i + 1}`]));
}

/**
 * The page in pieces, for writing to a file or a socket without holding it whole. The records are read once, before the
 * first piece; what is kept of them is bounded.
 *
 * @throws whatever the source of the verdicts throws
 */
export async function* renderReportParts(input: ReportInput): AsyncGenerator<string, void, void> {
  const streams = await collectStreams(input.verdicts, input.alerts);
  const errors = input.errors ?? [];
  const summaries = streams.map((s) => s.summary);
  const sections = sectionsOf(streams);
  const { heading, sentence } = answer(streams);
  const failed = new Set(errors.map((e) => e.input)).size;
  const broken = streams.filter((s) => s.problems.length > 0).length;
  yield html`${pageStart(`${heading}: ${input.title ?? 'framewitness evidence report'}`)}
<header class="page-head"><p class="eyebrow"><strong>framewitness</strong> evidence report${input.title === undefined ? null : html`: ${nameHtml(input.title, 120)}`}</p><h1>${heading}</h1>
${sentence === null ? null : html`<p class="lede">${sentence}</p>`}
${failed > 0 ? html`<p class="lede"><a href="#errors">${failed === 1 ? '1 input gave an error' : `${formatCount(failed)} inputs gave errors`}.</a></p>` : null}
${broken > 0 ? html`<p class="lede"><strong>The hash chain of ${counted(broken, 'stream')} is broken: records were changed after they were written.</strong></p>` : null}
<p class="evidence">Evidence, not proof. <a href="#limits">What this says and does not say</a></p>
${streams.length > 0 ? figures(streams) : null}</header>
<main>
`.text;
  yield html`${errorsSection(errors)}${streams.length > 1 ? index(streams, sections) : null}`.text;
  for (const [report, anchor] of sections) yield streamSectionHtml(report, anchor, streams.length > 1).text;
  yield html`${modelsSectionHtml(summaries, input.cards ?? [])}${SAYS}${provenanceSectionHtml(summaries)}`.text;
  yield html`</main>${pageEnd(input.generatedBy, ' Everything in it comes from the verdict records and the model cards.')}`.text;
}

/** The whole page as one text; see {@link renderReportParts}. */
export async function renderReport(input: ReportInput): Promise<string> {
  let page = '';
  for await (const part of renderReportParts(input)) page += part;
  return page;
}
