/** An evaluation as tables for a terminal. */
import type { Interval } from '../evaluation/metrics.js';
import type { EvaluationRecord } from '../evaluation/record-schema.js';
import { table } from './table.js';
import { printable } from './text.js';

const digits = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** A value with its interval. */
export function withInterval(value: number | null, interval: Interval | readonly [number, number] | null): string {
  return interval === null ? digits(value) : `${digits(value)} (${digits(interval[0])} to ${digits(interval[1])})`;
}

type Level = EvaluationRecord['video'];

function row(name: string, level: Level): string[] {
  return [name, `${level.real} + ${level.forged}`, withInterval(level.auc, level.auc95), digits(level.averagePrecision), digits(level.equalErrorRate), digits(level.accuracy), digits(level.tprAtFpr1Percent), digits(level.tprAtFpr01Percent), digits(level.logLoss), digits(level.calibrationError)];
}

/** What could not be scored, in words; empty where everything was. */
function unscoredText({ coverage, unscoredAs, convention }: EvaluationRecord): string {
  const { videos } = coverage;
  if (videos.scored === videos.total) return '';
  const reasons = Object.entries(videos.unscored).map(([reason, count]) => `${count} ${reason}`).join(', ');
  const way = convention.noFace === 'half' ? 'scored 0.5' : 'left out of the figures';
  return `not scored: ${videos.total - videos.scored} of ${videos.total} (${reasons}), ${way}; AUC with them at 0.5: ${digits(unscoredAs.half)}, with all of them wrong: ${digits(unscoredAs.wrong)}\n`;
}

/** The tables. */
export function evaluationText(record: EvaluationRecord): string {
  const sources = Object.entries(record.bySource);
  const levels = [row('video', record.video), row('segment', record.segment), row('frame', record.frame), ...(record.clip ? [row('clip', record.clip)] : [])];
  const rows = [...levels, ...sources.flatMap(([name, own]) => [row(`video, ${name}`, own.video), ...(own.frame.count > 0 ? [row(`frame, ${name}`, own.frame)] : []), ...(own.clip ? [row(`clip, ${name}`, own.clip)] : [])])];
  const groups = record.groups.map((group) => [`${group.by} ${printable(group.name, 40)}`, `${group.real} + ${group.forged}`, withInterval(group.videoAuc, group.videoAuc95), digits(group.frameAuc), String(group.unscored)]);
  const { videos, frames } = record.coverage;
  return [
    table(['level', 'real + forged', 'AUC (95 %)', 'AP', 'EER', 'accuracy', 'TPR at 1 %', 'at 0.1 %', 'log loss', 'calibration error'], rows),
    groups.length > 0 ? `\n${table(['part', 'real + forged', 'video AUC (95 %)', 'frame AUC', 'not scored'], groups)}` : '',
    record.robustness === undefined ? '' : `\n${table(['copies', 'real + forged', 'video AUC (95 %)', 'frame AUC', 'not scored'], record.robustness.map((step) => [step.variant, `${step.video.real} + ${step.video.forged}`, withInterval(step.video.auc, step.video.auc95), digits(step.frame.auc), String(step.unscored)]))}`,
    `\ncoverage: ${videos.scored} of ${videos.total} videos, ${frames.scored} of ${frames.sampled} sampled frames have a score\n`,
    unscoredText(record),
    `convention: ${record.convention.name}; intervals: ${record.convention.resamples} resamples by ${record.convention.resampling}, seed ${record.convention.seed}\n`,
  ].join('');
}
