/** Outcomes made by hand. */
import type { ModelScores, VerdictReason } from '../../src/domain/verdict.js';
import { CONVENTIONS, type ConventionName } from '../../src/evaluation/conventions.js';
import type { EvaluationOptions } from '../../src/evaluation/evaluate.js';
import type { ItemOutcome, SegmentOutcome, TrackOutcome } from '../../src/evaluation/outcome.js';
import type { EvaluationItem, JudgedItem } from '../../src/evaluation/units.js';

/** A frame network, and a clip network with a frame head. */
export const MODELS = [
  { name: 'faces', network: 'srm-residual', kind: 'frame', digest: 'sha256:1', executor: 'onnxruntime-cpu', precision: 'float32' },
  { name: 'clips', network: 'srm-residual-gru', kind: 'clip', digest: 'sha256:2', executor: 'onnxruntime-cpu', precision: 'float32' },
] as const;

/** A track with one face a frame, 1 s apart. @param side - of the face box, pixels */
export function track(id: number, options: { readonly start?: number; readonly side?: number; readonly faces?: readonly number[]; readonly clips?: readonly (readonly number[])[]; readonly judged?: boolean; readonly probability?: number | null }): TrackOutcome {
  const { start = 0, side = 100, faces = [], clips = [], judged = true, probability = null } = options;
  const length = Math.max(faces.length, ...clips.map((heads) => heads.length));
  const at = (i: number): number => (start + i) * 1e6;
  const scores: ModelScores[] = [];
  if (faces.length > 0) scores.push({ model: 'faces', frames: faces.map((p, i) => ({ ptsMicros: at(i), probability: p })), clips: [] });
  if (clips.length > 0) scores.push({ model: 'clips', frames: [], clips: clips.map((heads) => ({ startMicros: at(0), endMicros: at(length - 1), probability: heads.at(-1) ?? 0, frames: heads })) });
  return { id, judged, probability, faces: Array.from({ length }, (_, i) => ({ ptsMicros: at(i), width: side, height: side })), scores };
}

export function segment(tracks: readonly TrackOutcome[], more: Partial<SegmentOutcome> & { readonly reasons?: readonly VerdictReason[] } = {}): SegmentOutcome {
  const analysed = new Set(tracks.flatMap(({ faces }) => faces.map(({ ptsMicros }) => ptsMicros))).size;
  const faces = tracks.reduce((sum, own) => sum + own.faces.length, 0);
  return { verdict: 'inconclusive', reasons: [], frames: { present: 50, sampled: 16, notSampled: 34, undecodable: 0, analysed, skipped: { 'no-face': 16 - analysed } }, faces: { found: faces, analysed: faces, skipped: {} }, tracks, ...more };
}

export function judged(path: string, label: EvaluationItem['label'], segments: readonly SegmentOutcome[], more: Partial<EvaluationItem> = {}, error: ItemOutcome['error'] = null): JudgedItem {
  return { item: { path, file: `/nowhere/${path}`, kind: 'video', label, dataset: 'set', ...more }, outcome: { segments, error } };
}

export function options(convention: ConventionName = 'framewitness', more: Partial<EvaluationOptions> = {}): EvaluationOptions {
  return { convention: CONVENTIONS[convention], noFace: CONVENTIONS[convention].noFace, resampling: 'video', intervals: { seed: 1, resamples: 200 }, models: MODELS, fusion: { weights: { faces: 1, clips: 1 }, calibration: { scale: 1, offset: 0 } }, ...more };
}
