/** Outcomes of items: those that were had before from the store, the others from the pipeline. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Observable } from 'rxjs';
import { ERROR_CATALOGUE, type ErrorCode } from '../../domain/errors.js';
import type { ItemOutcome } from '../../evaluation/outcome.js';
import type { OutcomeStore } from '../../evaluation/outcome-store.js';
import type { EvaluationItem, JudgedItem } from '../../evaluation/units.js';
import { digestOf } from '../../verdicts/canonical.js';
import type { LoadedTopology } from '../load.js';
import { judgeItems } from './evaluate-items.js';
import type { OpenPipeline } from './open.js';
import { SOFTWARE } from './software.js';

/** What {@link gatherOutcomes} needs. */
export interface OutcomeRequest {
  readonly pipeline: OpenPipeline;
  readonly loaded: LoadedTopology;
  readonly items: readonly EvaluationItem[];
  readonly useBoxes: boolean;
  readonly store: OutcomeStore;
  readonly stop: Observable<unknown>;
  /** Called for each item when its outcome is there. */
  readonly onItem: (item: EvaluationItem, outcome: ItemOutcome, remembered: boolean) => void;
}

/** Outcomes in the order of the items, and a digest of what was evaluated. */
export interface GatheredOutcomes {
  readonly judged: readonly JudgedItem[];
  /** False when it was stopped before all outcomes were there. */
  readonly complete: boolean;
  /** `sha256:` over the items and the SHA-256 of their files. */
  readonly digest: string;
}

/** SHA-256 of a file, hex; null where it cannot be read. */
async function sha256OfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

/** True where the same run would give the same outcome again. */
function isSettled({ error, segments }: ItemOutcome): boolean {
  if (error !== null && (!(error.code in ERROR_CATALOGUE) || ERROR_CATALOGUE[error.code as ErrorCode].retriable)) return false;
  return !segments.some(({ reasons }) => reasons.includes('model-failed') || reasons.includes('detector-failed'));
}

/** Judges what the store does not have. Everything that an outcome depends on is in its key: the bytes, the topology, the models, the build. */
export async function gatherOutcomes({ pipeline, loaded, items, useBoxes, store, stop, onItem }: OutcomeRequest): Promise<GatheredOutcomes> {
  const { models, detector, decoder } = pipeline.identity;
  const outcomes = new Map<string, ItemOutcome>();
  const keys = new Map<string, string>();
  const files: { readonly path: string; readonly label: string; readonly sha256: string | null }[] = [];
  let stopped = false as boolean;
  const watching = stop.subscribe(() => {
    stopped = true;
  });
  try {
    for (const item of items) {
      if (stopped) break;
      const sha256 = await sha256OfFile(item.file);
      files.push({ path: item.path, label: item.label, sha256 });
      if (sha256 === null) continue;
      const key = digestOf({ sha256, kind: item.kind, box: useBoxes ? (item.box ?? null) : null, topology: loaded.digest, models, detector, decoder, software: SOFTWARE });
      keys.set(item.path, key);
      const known = store.get(key);
      if (known === undefined) continue;
      outcomes.set(item.path, known);
      onItem(item, known, true);
    }
    const missing = items.filter(({ path }) => !outcomes.has(path));
    if (!stopped && missing.length > 0) {
      await judgeItems(pipeline, missing, {
        useBoxes,
        topology: loaded.topology,
        stop,
        onItem: async (item, outcome) => {
          outcomes.set(item.path, outcome);
          const key = keys.get(item.path);
          if (key !== undefined && isSettled(outcome)) await store.add(key, item.path, outcome);
          onItem(item, outcome, false);
        },
      });
    }
  } finally {
    watching.unsubscribe();
  }
  const judged = items.flatMap((item) => ((outcome) => (outcome === undefined ? [] : [{ item, outcome }]))(outcomes.get(item.path)));
  return { judged, complete: judged.length === items.length, digest: digestOf(files) };
}
