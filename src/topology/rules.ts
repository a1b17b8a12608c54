/** Rules between fields of a topology: what no field's own schema can say. */
import type { Path } from './document.js';

/** A rule over numbers at fixed places. */
export interface Rule {
  /** The fields it reads. It is not applied where one of them is itself wrong. */
  readonly fields: readonly Path[];
  /** The rule in words, for the reference page. */
  readonly says: string;
  readonly holds: (...values: number[]) => boolean;
  /** What to do when it does not hold, given the values. */
  readonly hint: (...values: number[]) => string;
}

const stage = (...path: string[]): Path => ['stages', ...path];
const kafka = (...path: string[]): Path => ['transport', 'kafka', ...path];

/** Whether a gap lets two successive points of the sampling grid through. The slack is for 1 / 3 and the like. */
const spansAnInterval = (gapSeconds: number, framesPerSecond: number): boolean => gapSeconds * framesPerSecond >= 1 - 1e-6;
const oneInterval = (_gap: number, framesPerSecond: number): string => `one interval of the sampling grid is ${Number((1 / framesPerSecond).toFixed(4))} seconds: allow at least that`;

/** Every rule. The problem is reported at the first field. */
export const RULES: readonly Rule[] = [
  {
    fields: [stage('verdict', 'authenticAt'), stage('verdict', 'forgedAt')],
    says: 'stages.verdict.authenticAt is below stages.verdict.forgedAt',
    holds: (authenticAt = 0, forgedAt = 0) => authenticAt < forgedAt,
    hint: (_authenticAt, forgedAt) => `what lies between is inconclusive: set it below forgedAt, which is ${forgedAt}`,
  },
  {
    fields: [stage('track', 'lowScore'), stage('track', 'highScore')],
    says: 'stages.track.lowScore is not above stages.track.highScore',
    holds: (lowScore = 0, highScore = 0) => lowScore <= highScore,
    hint: (_lowScore, highScore) => `set it to highScore, which is ${highScore}, or below`,
  },
  {
    fields: [stage('detect', 'minScore'), stage('track', 'lowScore')],
    says: 'stages.detect.minScore is not below stages.track.lowScore',
    holds: (minScore = 0, lowScore = 0) => minScore >= lowScore,
    hint: (_minScore, lowScore) => `faces between the two would be found and never judged: set it to lowScore, which is ${lowScore}, or above`,
  },
  {
    fields: [stage('clips', 'stride'), stage('clips', 'length')],
    says: 'stages.clips.stride is not above stages.clips.length',
    holds: (stride = 0, length = 0) => stride <= length,
    hint: (_stride, length) => `faces between two clips would be in none: set it to length, which is ${length}, or below`,
  },
  {
    fields: [stage('alert', 'openAfter'), stage('alert', 'window')],
    says: 'stages.alert.openAfter is not above stages.alert.window',
    holds: (openAfter = 0, window = 0) => openAfter <= window,
    hint: (_openAfter, window) => `no alert would ever open: set it to window, which is ${window}, or below`,
  },
  {
    fields: [stage('track', 'maxGapSeconds'), stage('sample', 'framesPerSecond')],
    says: 'stages.track.maxGapSeconds is at least one interval of the sampling grid',
    holds: (gap = 0, rate = 0) => spansAnInterval(gap, rate),
    hint: (gap = 0, rate = 0) => oneInterval(gap, rate),
  },
  {
    fields: [stage('clips', 'maxGapSeconds'), stage('sample', 'framesPerSecond')],
    says: 'stages.clips.maxGapSeconds is at least one interval of the sampling grid',
    holds: (gap = 0, rate = 0) => spansAnInterval(gap, rate),
    hint: (gap = 0, rate = 0) => oneInterval(gap, rate),
  },
  {
    fields: [kafka('consumer', 'heartbeatMillis'), kafka('consumer', 'sessionTimeoutMillis')],
    says: 'transport.kafka.consumer.heartbeatMillis is at most a third of transport.kafka.consumer.sessionTimeoutMillis',
    holds: (heartbeat = 0, session = 0) => heartbeat * 3 <= session,
    hint: (_heartbeat, session = 0) => `one lost sign of life must not cost the partitions: set it to ${Math.floor(session / 3)} or below`,
  },
];

/** Said on the reference page beside {@link RULES}; checked by {@link repeatedNames}. */
export const UNIQUE_NAMES_RULE = 'every model of stages.score.models has a name of its own';

/** Said on the reference page; checked by {@link wrongPrecisions}. */
export const PRECISION_RULE = 'a model of stages.score.models with executor tensorflow has precision float32';

/** Paths of precisions that the model's executor does not have. */
export function wrongPrecisions(models: unknown): readonly Path[] {
  if (!Array.isArray(models)) return [];
  const wrong = (model: unknown): boolean =>
    typeof model === 'object' && model !== null && 'executor' in model && model.executor === 'tensorflow' && 'precision' in model && model.precision === 'int8';
  return models.flatMap((model: unknown, i): Path[] => (wrong(model) ? [[...stage('score', 'models'), i, 'precision']] : []));
}

/** Paths of names in `stages.score.models` that an earlier model has already, with the index of that model. */
export function repeatedNames(models: unknown): readonly { readonly path: Path; readonly name: string; readonly first: number }[] {
  if (!Array.isArray(models)) return [];
  const seen = new Map<string, number>();
  const repeated: { path: Path; name: string; first: number }[] = [];
  models.forEach((model: unknown, i) => {
    const name = typeof model === 'object' && model !== null && 'name' in model ? model.name : undefined;
    if (typeof name !== 'string') return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, i);
    else repeated.push({ path: [...stage('score', 'models'), i, 'name'], name, first });
  });
  return repeated;
}
