/** A topology with other models, and without what a replay does not need. */
import { resolve } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import { topologyDigest } from '../topology/digest.js';
import type { LoadedTopology } from '../topology/load.js';

/** A model of the topology, and the card that it is to have. */
export interface ModelChoice {
  readonly name: string;
  readonly card: string;
}

/** Relative cards start at the working directory. Pictures are left out: no finding depends on them. @throws FramewitnessError FW_USAGE for a name that the topology lacks */
export function withModels(loaded: LoadedTopology, choices: readonly ModelChoice[]): LoadedTopology {
  const { score, verdict } = loaded.topology.stages;
  const known = score.models.map(({ name }) => name);
  for (const { name } of choices) {
    if (!known.includes(name)) throw new FramewitnessError('FW_USAGE', `the topology has no model ${name}; it has ${known.join(', ')}`);
  }
  const cardOf = (name: string): string | undefined => choices.filter((choice) => choice.name === name).at(-1)?.card;
  const models = score.models.map((model) => {
    const card = cardOf(model.name);
    return card === undefined ? model : { ...model, card: card.startsWith('builtin:') ? card : resolve(card) };
  });
  const topology = { ...loaded.topology, stages: { ...loaded.topology.stages, score: { ...score, models }, verdict: { ...verdict, evidence: { ...verdict.evidence, cropsPerTrack: 0 } } } };
  return { ...loaded, topology, digest: topologyDigest(topology) };
}
