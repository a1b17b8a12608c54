/** The page of an evaluation: one HTML page that needs nothing else, no script and no network. */
import { html, nameHtml, type SafeHtml } from '../../verdicts/report/html.js';
import { pageEnd, pageStart } from '../../verdicts/report/shell.js';
import { counted, formatCount } from '../../verdicts/words.js';
import type { Evaluation } from '../evaluate.js';
import type { LevelSample } from '../levels.js';
import { rocPoints } from '../metrics.js';
import type { EvaluationRecord } from '../record-schema.js';
import { histogram, reliabilityChart, rocChart, type Curve } from './charts.js';
import { legend } from './plot.js';
import { robustnessSection } from './robustness-section.js';
import { CHART_STYLES } from './styles.js';
import { decisionsTable, groupsTable, levelsTable, mistakesTable, number } from './tables.js';

/** Curves that one chart takes without becoming a tangle. */
const MOST_CURVES = 4;

/** The heading: the one figure, with its interval, and on what. */
export function headline({ video, coverage }: EvaluationRecord): string {
  if (video.auc === null) return `${counted(coverage.videos.total, 'video')}, no AUC: there is no scored ${video.real === 0 ? 'real' : 'forged'} one`;
  const interval = video.auc95 === null ? '' : ` (${video.auc95[0].toFixed(2)} to ${video.auc95[1].toFixed(2)})`;
  return `Video AUC ${video.auc.toFixed(2)}${interval} on ${counted(video.count, 'video')}`;
}

function curve(name: string, { labels, scores }: LevelSample, style: number): readonly Curve[] {
  const points = rocPoints(labels, scores);
  return points === null ? [] : [{ name, points, style }];
}

function rocFigure(title: string, curves: readonly Curve[]): SafeHtml | null {
  return curves.length === 0 ? null : html`<figure><p>${title}</p>${rocChart(curves)}${legend(curves)}</figure>`;
}

function charts(record: EvaluationRecord, { sources }: Evaluation): SafeHtml {
  const fused = sources[0]?.samples;
  const levels = fused === undefined ? [] : [...curve('video', fused.video, 0), ...curve('segment', fused.segment, 1), ...curve('frame', fused.frame, 2), ...curve('clip', fused.clip, 3)];
  const bySource = sources.length < 2 ? [] : sources.slice(0, MOST_CURVES).flatMap(({ name, samples }, i) => curve(name, samples.video, i));
  const scores = (label: 0 | 1): readonly number[] => (fused?.video.scores ?? []).filter((_, i) => fused?.video.labels[i] === label);
  return html`<section class="part" id="curves"><h2>Curves</h2><div class="charts">
${rocFigure('ROC, by level', levels)}${rocFigure('ROC of videos, by model', bySource)}
<figure><p>Scores of videos</p>${histogram(scores(0), scores(1), record.thresholds)}<figcaption><ul class="legend"><li class="authentic"><span class="swatch"></span>real</li><li class="forged"><span class="swatch"></span>forged</li></ul><p class="note">Dashed: the thresholds of the topology.</p></figcaption></figure>
<figure><p>Reliability of videos</p>${reliabilityChart(record.reliability.video)}<figcaption><p class="note">On the dashed line what is said is so. Larger dots stand for more videos.</p></figcaption></figure>
<figure><p>Reliability of frames</p>${reliabilityChart(record.reliability.frame)}</figure>
</div></section>`;
}

function coverage({ coverage: { videos, items, frames, faces }, unscoredAs, convention }: EvaluationRecord): SafeHtml {
  const pairs = (counts: Readonly<Record<string, number | undefined>>): string => Object.entries(counts).map(([name, count]) => `${formatCount(count ?? 0)} ${name}`).join(', ');
  const missing = videos.total - videos.scored;
  return html`<section class="part" id="coverage"><h2>Coverage</h2>
<p>${formatCount(videos.scored)} of ${counted(videos.total, 'video')} have a score (${formatCount(videos.real.scored)} of ${formatCount(videos.real.total)} real, ${formatCount(videos.fake.scored)} of ${formatCount(videos.fake.total)} forged). ${missing === 0 ? null : html`Without one: ${pairs(videos.unscored)}; ${convention.noFace === 'half' ? 'they were scored 0.5' : 'they are left out of the figures'}. If they had 0.5, the AUC were ${number(unscoredAs.half)}; if each of them were on the wrong side of all others, ${number(unscoredAs.wrong)}.`}</p>
<dl class="pairs"><dt>Files</dt><dd>${formatCount(items.total)}, of which ${formatCount(items.withError)} could not be read, or only in part</dd>
<dt>Frames</dt><dd>${formatCount(frames.present)} present = ${formatCount(frames.sampled)} sampled + ${formatCount(frames.notSampled)} not sampled + ${formatCount(frames.undecodable)} undecodable; ${formatCount(frames.scored)} of the sampled ones have a score${Object.keys(frames.skipped).length === 0 ? '' : `; skipped: ${pairs(frames.skipped)}`}</dd>
<dt>Faces</dt><dd>${formatCount(faces.found)} found, ${formatCount(faces.analysed)} analysed${Object.keys(faces.skipped).length === 0 ? '' : `; skipped: ${pairs(faces.skipped)}`}</dd></dl></section>`;
}

function provenance({ data, topology, thresholds, models, detector, decoder, convention }: EvaluationRecord): SafeHtml {
  return html`<section class="part" id="provenance"><h2>What was evaluated, by what and how</h2><dl class="pairs">
<dt>Data</dt><dd>${nameHtml(data.name, 96)}${data.split === null ? '' : `, split ${data.split}`}: ${counted(data.items, 'file')}, <code>${data.sha256}</code></dd>
<dt>Topology</dt><dd>${nameHtml(topology.name, 64)}, <code>${topology.digest}</code>; forged from ${thresholds.forgedAt}, authentic to ${thresholds.authenticAt}</dd>
${models.map(({ name, network, digest, executor, precision }) => html`<dt>Model ${nameHtml(name, 40)}</dt><dd>${nameHtml(network, 64)}, ${executor}, ${precision}, <code>${digest}</code></dd>`)}
<dt>Detector</dt><dd>${nameHtml(detector.name, 64)}, <code>${detector.digest}</code>; decoder ${decoder}</dd>
<dt>Convention</dt><dd>${convention.name}: ${convention.about}${convention.boxes ? ' Faces were taken from the boxes of the manifest where it has some.' : ''}</dd>
<dt>Intervals</dt><dd>95 %, percentile bootstrap, ${formatCount(convention.resamples)} resamples ${convention.resampling === 'video' ? 'of whole videos' : 'of videos that share no person and no source'}, seed ${convention.seed}</dd></dl></section>`;
}

/** What the page is made from. */
export interface EvaluationPage {
  readonly record: EvaluationRecord;
  readonly evaluation: Evaluation;
}

/** The page's text. The same record and scores give the same page. */
export function renderEvaluation({ record, evaluation }: EvaluationPage): string {
  const { video, frame, coverage: { videos } } = record;
  const figure = (name: string, value: string): SafeHtml => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`${pageStart(`${headline(record)}: framewitness evaluation`, CHART_STYLES)}
<header class="page-head"><p class="eyebrow"><strong>framewitness</strong> evaluation: ${nameHtml(record.data.name, 96)}</p><h1>${headline(record)}</h1>
<p class="evidence">Every file went through the pipeline as a scan runs it. Figures are comparable only with others of the same convention: here, ${record.convention.name}.</p>
<dl class="figures">${figure('videos scored', `${formatCount(videos.scored)} of ${formatCount(videos.total)}`)}${figure('AUC of frames', number(frame.auc))}${figure('equal error rate', number(video.equalErrorRate))}${figure('average precision', number(video.averagePrecision))}${figure('accuracy at 0.5', number(video.accuracy))}</dl></header>
<main>
<section class="part" id="metrics"><h2>Metrics</h2>${levelsTable(record)}<p class="note">In brackets, 95 % intervals. A dash: no value, because a class is missing.</p></section>
${charts(record, evaluation)}
${record.groups.length === 0 ? null : html`<section class="part" id="parts"><h2>Parts</h2>${groupsTable(record)}<p class="note">A method is set against the real videos of the same data sets in the same compressions.</p></section>`}
<section class="part" id="verdicts"><h2>Verdicts of whole videos</h2>${decisionsTable(record)}<p class="note">Forged when any segment is; authentic when one is and none is forged.</p></section>
<section class="part" id="mistakes"><h2>The worst mistakes</h2>${record.mistakes.length === 0 ? html`<p>No scored video is on the wrong side of 0.5.</p>` : mistakesTable(record)}</section>
${robustnessSection(record)}${coverage(record)}${provenance(record)}
<section class="part" id="limits"><h2>What this says and does not say</h2><ul class="plain">
<li>The figures speak of these files. Other people, cameras, codecs and forgeries may give others; the intervals hold only the chance of drawing these videos out of many alike.</li>
<li>If a person, a source video or a setting was used in training or to choose a model, the figures flatter.</li>
<li>An interval by video takes videos for independent; where people recur, one by identity is the honest one.</li>
</ul></section>
</main>${pageEnd(`${record.software.name} ${record.software.version}`)}`.text;
}
