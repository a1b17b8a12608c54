/** Units of evaluation: what has one label and gets one score, a video or all that shares its group. */
import { FramewitnessError } from '../domain/errors.js';
import type { VerdictLabel, VerdictReason } from '../domain/verdict.js';
import type { ItemOutcome } from './outcome.js';

/** What is evaluated: an item of a manifest, or a file of a folder. */
export interface EvaluationItem {
  /** As the manifest has it; identifies the item. */
  readonly path: string;
  /** Where the file is. */
  readonly file: string;
  readonly kind: 'video' | 'image';
  readonly label: 'real' | 'fake';
  readonly dataset: string;
  readonly method?: string;
  readonly compression?: string;
  readonly identities?: readonly string[];
  readonly sources?: readonly string[];
  /** What is scored together; default: the path, whole. */
  readonly group?: string;
  /** Where the face is, pixels, where the data set says so. */
  readonly box?: readonly [x: number, y: number, width: number, height: number];
}

/** An item and what the pipeline said of it. */
export interface JudgedItem {
  readonly item: EvaluationItem;
  readonly outcome: ItemOutcome;
}

/** Why a unit has no score; in this order, the first that holds for any of its items. `unreadable`: an error before the first segment. */
export const UNSCORED_REASONS = ['unreadable', 'model-failed', 'detector-failed', 'undecodable', 'no-frames', 'face-too-small', 'too-few-faces', 'no-face'] as const;
/** A member of {@link UNSCORED_REASONS}. */
export type UnscoredReason = (typeof UNSCORED_REASONS)[number];

/** One unit. */
export interface Unit {
  /** The group, or the path. */
  readonly name: string;
  readonly label: 0 | 1;
  readonly dataset: string;
  readonly method: string | null;
  readonly compression: string | null;
  /** What is drawn together when intervals are made. */
  readonly cluster: string;
  readonly items: readonly JudgedItem[];
  /** Forged if any segment is; authentic if one is and none is forged; as the summary of a scan says it. */
  readonly verdict: VerdictLabel;
}

/** Units that are drawn together: `video`, each by itself; `identity`, those that share a person or a source. */
export type Resampling = 'video' | 'identity';

const unitName = ({ group, path }: EvaluationItem): string => group ?? path;

function verdictOf(items: readonly JudgedItem[]): VerdictLabel {
  const verdicts = new Set(items.flatMap(({ outcome }) => outcome.segments.map(({ verdict }) => verdict)));
  return verdicts.has('forged') ? 'forged' : verdicts.has('authentic') ? 'authentic' : 'inconclusive';
}

/** Names of clusters by unit: the first unit of all that are joined by a person or a source. */
function joined(units: ReadonlyMap<string, readonly JudgedItem[]>): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  const root = (node: string): string => {
    let at = node;
    for (let parent = parents.get(at); parent !== undefined && parent !== at; parent = parents.get(at)) at = parent;
    return at;
  };
  for (const [name, items] of units) {
    const node = `unit ${name}`;
    if (!parents.has(node)) parents.set(node, node);
    for (const { item } of items) {
      const people = (item.identities ?? []).map((identity) => `person ${item.dataset} ${identity}`);
      const sources = (item.sources ?? []).map((path) => `source ${path}`);
      for (const link of [...people, ...sources, `source ${item.path}`]) {
        if (!parents.has(link)) parents.set(link, node);
        else if (root(link) !== root(node)) parents.set(root(node), root(link));
      }
    }
  }
  return new Map([...units.keys()].map((name) => [name, root(`unit ${name}`)]));
}

/**
 * Gathers items into units, in the order of their first items.
 *
 * @throws FramewitnessError FW_LABEL when a group holds real and forged items
 */
export function gatherUnits(judged: readonly JudgedItem[], resampling: Resampling): readonly Unit[] {
  const groups = new Map<string, JudgedItem[]>();
  for (const entry of judged) groups.set(unitName(entry.item), [...(groups.get(unitName(entry.item)) ?? []), entry]);
  const clusters = resampling === 'identity' ? joined(groups) : undefined;
  return [...groups].flatMap(([name, items]): Unit[] => {
    const first = items[0]?.item;
    if (first === undefined) return [];
    const other = items.find(({ item }) => item.label !== first.label);
    if (other) throw new FramewitnessError('FW_LABEL', `the group ${name} holds ${first.path} (${first.label}) and ${other.item.path} (${other.item.label}): what is scored together must have one label`);
    const one = (pick: (item: EvaluationItem) => string | undefined): string | null => {
      const values = [...new Set(items.map(({ item }) => pick(item)))];
      return values.length === 1 ? (values[0] ?? null) : null;
    };
    return [{ name, label: first.label === 'fake' ? 1 : 0, dataset: one((item) => item.dataset) ?? 'several', method: one((item) => item.method), compression: one((item) => item.compression), cluster: clusters?.get(name) ?? name, items, verdict: verdictOf(items) }];
  });
}

/** Why nothing of a unit could be scored. */
export function unscoredReason(items: readonly JudgedItem[]): UnscoredReason {
  const reasons = new Set<UnscoredReason | VerdictReason>(items.flatMap(({ outcome }) => outcome.segments.flatMap((segment) => segment.reasons)));
  if (items.some(({ outcome }) => outcome.error !== null && outcome.segments.length === 0)) reasons.add('unreadable');
  return UNSCORED_REASONS.find((reason) => reasons.has(reason)) ?? 'too-few-faces';
}
