/** The digest that names a topology in every verdict. */
import { digestOf } from '../verdicts/canonical.js';
import type { Topology } from './schema.js';

/** Settings that no finding depends on: the digest leaves them out. */
export const OUTSIDE_DIGEST = ['name', 'workers', 'signing', 'stages.score.batch', 'stages.verdict.evidence', 'stages.alert', 'transport', 'telemetry'] as const;

/**
 * `sha256:` and the hex digest of the canonical JSON (RFC 8785) of the effective topology: every default filled in, the
 * environment put in, without {@link OUTSIDE_DIGEST}. So two files that differ in order, comments, defaults written out or
 * not, parallelism or batching have one digest, and a changed threshold, limit or model changes it. Model cards count as
 * they are written; what they lead to has digests of its own in the verdict.
 */
export function topologyDigest(topology: Topology): string {
  const covered: unknown = structuredClone(topology);
  for (const path of OUTSIDE_DIGEST) remove(covered, path.split('.'));
  return digestOf(covered);
}

function remove(group: unknown, [key, ...rest]: readonly string[]): void {
  if (typeof group !== 'object' || group === null || key === undefined) return;
  if (rest.length === 0) Reflect.deleteProperty(group, key);
  else remove(Reflect.get(group, key), rest);
}
