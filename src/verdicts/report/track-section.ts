/** The tracks of a stream: who was judged, with pictures to look at. */
import { REASON_WORDS, VERDICT_LETTER, counted, formatCount, formatMediaTime, formatProbability, formatTimeRange } from '../words.js';
import type { ModelMeans, TrackSummary } from '../track-summary.js';
import { byAttention } from '../track-summary.js';
import type { ScoredCrop, StreamReport } from './collect.js';
import type { SafeHtml } from './html.js';
import { html } from './html.js';
import { mapOverlay } from './map-overlay.js';
import { sparklineHtml } from './timeline.js';

/** Tracks shown with pictures, and in the short list after them. */
const MAX_SHOWN = 24;
const MAX_LISTED = 100;

type Thresholds = StreamReport['timeline']['thresholds'];

function cropHtml(crop: ScoredCrop, track: number, thresholds: Thresholds): SafeHtml {
  const time = formatMediaTime(crop.ptsMicros);
  const meter = crop.probability === null ? null : html`<span class="meter"><i style="width:${Math.round(crop.probability * 100)}%"></i></span>`;
  const face = html`<img src="data:image/jpeg;base64,${crop.jpeg}" width="80" height="80" alt="${`Face of track ${track} at ${time}`}">`;
  const mapped = (crop.maps ?? []).map((map) => {
    const overlay = mapOverlay(map);
    return overlay === null ? null : html`<span class="mapped">${face}<img class="map" src="data:image/png;base64,${overlay}" width="80" height="80" alt="${`Map of ${map.model}: ${map.meaning}`}"></span>`;
  });
  return html`<figure>${face}${mapped}${meter}<figcaption><strong>${formatProbability(crop.probability, thresholds)}</strong><br>${time}</figcaption></figure>`;
}

/** What the coloured cells say, once for each network whose maps are shown. */
function legendHtml(crops: readonly ScoredCrop[]): SafeHtml | null {
  const meanings = new Map(crops.flatMap((crop) => (crop.maps ?? []).map(({ model, meaning }) => [model, meaning] as const)));
  if (meanings.size === 0) return null;
  return html`<p class="note map-legend">Under a face, the same face with a network's map laid over it: <i></i> from nothing (0) to strong (1). ${[...meanings].map(([model, meaning]) => html`<strong>${model}</strong>: ${meaning}. `)}A map shows what a network looked at, and is no proof by itself.</p>`;
}

function meansText({ model, frames, clips }: ModelMeans, thresholds: Thresholds): string {
  const parts = [
    frames.count > 0 ? `${counted(frames.count, 'frame')}, mean ${formatProbability(frames.probability, thresholds)}` : null,
    clips.count > 0 ? `${counted(clips.count, 'clip')}, mean ${formatProbability(clips.probability, thresholds)}` : null,
  ].filter((part) => part !== null);
  return `${model}: ${parts.join('; ')}`;
}

function countsText({ counts }: TrackSummary): string {
  const parts = (['forged', 'authentic', 'inconclusive'] as const).filter((v) => counts[v] > 0).map((v) => `${formatCount(counts[v])} ${v}`);
  return `${counted(counts.forged + counts.authentic + counts.inconclusive, 'segment')}: ${parts.join(', ')}`;
}

function trackHtml(track: TrackSummary, report: StreamReport): SafeHtml {
  const { thresholds } = report.timeline;
  const crops = report.crops.get(track.id) ?? [];
  return html`<div class="track">
  <div>
    <h4>Track ${track.id} <span class="badge ${track.verdict}"><b>${VERDICT_LETTER[track.verdict]}</b>${track.verdict}</span></h4>
    <p class="big">${formatProbability(track.probability, thresholds)} <small>${track.probability === null ? 'not judged' : 'highest probability'}</small></p>
    <ul class="facts">
      <li>${formatTimeRange(track.startMicros, track.endMicros)}, ${counted(track.faces, 'face')}</li>
      <li>${countsText(track)}</li>
      ${track.models.map((m) => html`<li>${meansText(m, thresholds)}</li>`)}
      ${track.reasons.map((r) => html`<li>${REASON_WORDS[r].sentence}</li>`)}
    </ul>
  </div>
  <div>${track.probability === null ? null : sparklineHtml(report.timeline, track.id)}${
    crops.length > 0 ? html`<div class="crops">${crops.map((crop) => cropHtml(crop, track.id, thresholds))}</div>${legendHtml(crops)}` : html`<p class="note">No thumbnails of this track are kept.</p>`
  }</div>
</div>`;
}

function listed(tracks: readonly TrackSummary[], thresholds: Thresholds): SafeHtml {
  return html`<details><summary>${counted(tracks.length, 'more track')} without pictures</summary><div class="scroll" tabindex="0" role="region" aria-label="More tracks"><table>
  <thead><tr><th>Track</th><th>Media time</th><th class="n">Faces</th><th class="n">Probability</th><th>Verdict</th><th>Reasons</th></tr></thead>
  <tbody>${tracks.map((t) => html`<tr><td>${t.id}</td><td>${formatTimeRange(t.startMicros, t.endMicros)}</td><td class="n">${formatCount(t.faces)}</td><td class="n">${formatProbability(t.probability, thresholds)}</td><td>${t.verdict}</td><td>${t.reasons.map((r) => REASON_WORDS[r].short).join(', ')}</td></tr>`)}</tbody>
</table></div></details>`;
}

/** Tracks in order of attention: the first with pictures, the next in a table, the rest counted. */
export function tracksHtml(report: StreamReport): SafeHtml | null {
  const { summary, timeline } = report;
  if (summary.tracks.length === 0) return null;
  const ranked = [...summary.tracks].sort(byAttention);
  const others = ranked.slice(MAX_SHOWN, MAX_SHOWN + MAX_LISTED);
  const omitted = summary.tracksOmitted + Math.max(0, ranked.length - MAX_SHOWN - MAX_LISTED);
  return html`<h3>Tracks</h3>
<p class="note">A track is one face followed over time. Under each picture is the mean score of that one face by the frame networks; a verdict rests on all frames and clips of a segment, never on one picture. Means are of log-odds, over the whole track.</p>
${ranked.slice(0, MAX_SHOWN).map((track) => trackHtml(track, report))}
${others.length > 0 ? listed(others, timeline.thresholds) : null}
${omitted > 0 ? html`<p class="note">${counted(omitted, 'further track')}, of less weight, ${omitted === 1 ? 'is' : 'are'} in the verdict file alone.</p>` : null}`;
}
