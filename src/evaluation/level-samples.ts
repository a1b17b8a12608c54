/** Scores of units gathered into what metrics take, level by level. */
import type { NoFace } from './conventions.js';
import type { LevelSample } from './levels.js';
import type { UnitScores } from './unit-scores.js';

/** Levels at which scores are evaluated. */
export const LEVELS = ['video', 'segment', 'frame', 'clip'] as const;
/** A member of {@link LEVELS}. */
export type LevelName = (typeof LEVELS)[number];

/** The score of what nothing is known of, where a convention gives it one. */
export const NEUTRAL = 0.5;

/** The scores of one level, one entry each. */
export function levelSample(scores: readonly UnitScores[], pick: (scores: UnitScores) => readonly number[]): LevelSample {
  const entries = scores.flatMap((own) => pick(own).map((score) => ({ label: own.unit.label, score, group: own.unit.cluster })));
  return { labels: entries.map(({ label }) => label), scores: entries.map(({ score }) => score), groups: entries.map(({ group }) => group) };
}

/** The score of a video as the convention has it, none where it abstains. */
export function videoScore({ video }: UnitScores, noFace: NoFace): readonly number[] {
  if (video !== null) return [video];
  return noFace === 'half' ? [NEUTRAL] : [];
}

/** All levels. */
export function samplesOf(scores: readonly UnitScores[], noFace: NoFace): Record<LevelName, LevelSample> {
  return {
    video: levelSample(scores, (own) => videoScore(own, noFace)),
    segment: levelSample(scores, ({ segments }) => segments),
    frame: levelSample(scores, ({ frames }) => frames),
    clip: levelSample(scores, ({ clips }) => clips),
  };
}
