/** Verdicts, reasons, times and probabilities in plain words: the same in the table of the command line and in the report. */
import type { SkipReason } from '../domain/faces.js';
import type { VerdictLabel, VerdictReason } from '../domain/verdict.js';
import type { Thresholds } from './decide.js';

/** What each reason means, as a clause and as a sentence for whoever reads a report. */
export const REASON_WORDS: Readonly<Record<VerdictReason, { readonly short: string; readonly sentence: string }>> = {
  'no-frames': { short: 'no frames', sentence: 'There was no frame that could be analysed.' },
  undecodable: { short: 'could not be decoded', sentence: 'The video could not be decoded here.' },
  'partly-undecodable': { short: 'some frames lost', sentence: 'Some frames could not be decoded; the rest was judged.' },
  'no-face': { short: 'no face found', sentence: 'Frames were analysed and no face was found in them.' },
  'face-too-small': { short: 'faces too small', sentence: 'Faces were found, and all were too small to judge.' },
  'too-few-faces': { short: 'too few faces', sentence: 'A face was seen in too few frames to be judged.' },
  'abstention-band': { short: 'between the thresholds', sentence: 'The probability lies between the two thresholds: the models are not sure enough either way.' },
  'model-failed': { short: 'a network failed', sentence: 'A network failed while it was run; no score was made up in its place.' },
  'detector-failed': { short: 'the face detector failed', sentence: 'The face detector failed on some or all of the analysed frames.' },
};

/** What each skip reason means, for the accounting table. */
export const SKIP_WORDS: Readonly<Record<SkipReason, string>> = {
  'no-face': 'no face in it',
  'face-too-small': 'face too small',
  'too-many-faces': 'more faces than the limit',
  untracked: 'in no track',
  'detector-failed': 'detector failed',
  'model-failed': 'network failed',
};

/** One letter for each verdict, so that colour is never the only sign. */
export const VERDICT_LETTER: Readonly<Record<VerdictLabel, string>> = { forged: 'F', authentic: 'A', inconclusive: '?' };

/**
 * Media time as `m:ss.d` or `h:mm:ss.d`, tenths of a second rounded down.
 *
 * @param micros - media time in microseconds; negative times keep their sign
 */
export function formatMediaTime(micros: number): string {
  const tenths = Math.floor(Math.abs(micros) / 100_000);
  const seconds = Math.floor(tenths / 10);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  return `${micros < 0 ? '-' : ''}${clock}.${tenths % 10}`;
}

/** `0:04.0 to 0:08.0`. */
export function formatTimeRange(startMicros: number, endMicros: number): string {
  return `${formatMediaTime(startMicros)} to ${formatMediaTime(endMicros)}`;
}

/**
 * A probability with 2 decimals; `<0.01` and `>0.99` at the ends, and all 4 decimals where rounding would carry it to the
 * other side of a threshold. A dash for null.
 */
export function formatProbability(p: number | null, thresholds?: Thresholds): string {
  if (p === null) return '–';
  const rounded = Number(p.toFixed(2));
  const side = (x: number): number => (thresholds === undefined ? 0 : x >= thresholds.forgedAt ? 1 : x <= thresholds.authenticAt ? -1 : 0);
  if (side(rounded) !== side(p)) return p.toFixed(4);
  if (rounded === 0 && p > 0) return '<0.01';
  if (rounded === 1 && p < 1) return '>0.99';
  return p.toFixed(2);
}

/** `1 segment`, `1,800 segments`. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(n)} ${n === 1 ? noun : plural}`;
}

/** A whole number with thousands separators, the same in every locale. */
export function formatCount(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 h 02 min`, `4 min 10 s`, `9 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}
