/** Whose scores are evaluated: what the topology fuses, and each of its models by itself. */
import type { ModelScores } from '../domain/verdict.js';
import { fuseTrack } from '../verdicts/fusion.js';
import type { TrackOutcome } from './outcome.js';

/** A model of the topology, as verdicts name it. */
export interface EvaluatedModel {
  readonly name: string;
  readonly network: string;
  readonly kind: 'frame' | 'clip';
  readonly digest: string;
  readonly executor: string;
  readonly precision: string;
}

/** How a topology fuses: weights by model, and the calibration of the whole. */
export interface FusionSettings {
  readonly weights: Readonly<Record<string, number>>;
  readonly calibration: Parameters<typeof fuseTrack>[0]['calibration'];
}

/** Name of the source that fuses all models. */
export const FUSED = 'fused';

/** Gives tracks and single faces a probability. */
export interface ScoreSource {
  readonly name: string;
  /** Of a track in a segment; null where nothing of the source scored. */
  track(track: TrackOutcome): number | null;
  /**
   * Of single faces by media time: by the frame networks, or where there are none, by the frame heads of clip networks.
   *
   * @param parts - the track in each of its segments, in order: clips may cross them
   */
  faces(parts: readonly TrackOutcome[]): ReadonlyMap<number, number>;
  /** Of the clips that end in the segment, where the source has one clip network. */
  clips(track: TrackOutcome): readonly number[];
}

const UNCALIBRATED = { scale: 1, offset: 0 };

/** Probabilities of the frame heads of one model by media time: a clip's faces are the last ones of the track up to its end. */
function headScores(model: ModelScores, times: readonly number[]): Map<number, number[]> {
  const scores = new Map<number, number[]>();
  for (const { endMicros, frames } of model.clips) {
    const end = times.lastIndexOf(endMicros) + 1;
    if (end < frames.length) continue;
    for (const [k, probability] of frames.entries()) {
      const at = times[end - frames.length + k] ?? 0;
      scores.set(at, [...(scores.get(at) ?? []), probability]);
    }
  }
  return scores;
}

function source(name: string, { weights, calibration }: FusionSettings, models: readonly EvaluatedModel[]): ScoreSource {
  const names = new Set(models.map((model) => model.name));
  const clipNetworks = models.filter(({ kind }) => kind === 'clip');
  const own = (track: TrackOutcome): readonly ModelScores[] => track.scores.filter(({ model }) => names.has(model));
  const fuse = (frameScores: Record<string, readonly number[]>, clipScores: Record<string, readonly number[]>): number | null => fuseTrack({ frameScores, clipScores, weights, calibration }).probability;
  return {
    name,
    track: (track) => {
      const scores = own(track);
      return fuse(
        Object.fromEntries(scores.map(({ model, frames }) => [model, frames.map(({ probability }) => probability)])),
        Object.fromEntries(scores.map(({ model, clips }) => [model, clips.map(({ probability }) => probability)])),
      );
    },
    faces: (parts) => {
      const byTime = new Map<number, Record<string, readonly number[]>>();
      const add = (at: number, model: string, probabilities: readonly number[]): void => {
        const before = byTime.get(at) ?? {};
        byTime.set(at, { ...before, [model]: [...(before[model] ?? []), ...probabilities] });
      };
      const scores = parts.flatMap(own);
      for (const { model, frames } of scores) for (const { ptsMicros, probability } of frames) add(ptsMicros, model, [probability]);
      if (byTime.size === 0) {
        const times = parts.flatMap(({ faces }) => faces.map(({ ptsMicros }) => ptsMicros));
        for (const model of scores) for (const [at, probabilities] of headScores(model, times)) add(at, model.model, probabilities);
      }
      return new Map([...byTime].flatMap(([at, byModel]) => ((probability) => (probability === null ? [] : [[at, probability] as const]))(fuse(byModel, {}))));
    },
    clips: (track) => (clipNetworks.length === 1 ? own(track).flatMap(({ clips }) => clips.map(({ probability }) => probability)) : []),
  };
}

/** The fused source first, then each model where there is more than one. */
export function scoreSources(models: readonly EvaluatedModel[], fusion: FusionSettings): readonly ScoreSource[] {
  const fused = source(FUSED, fusion, models);
  if (models.length < 2) return [fused];
  return [fused, ...models.map((model) => source(model.name, { weights: { [model.name]: 1 }, calibration: UNCALIBRATED }, [model]))];
}
