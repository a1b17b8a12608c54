/** Configurations for tests: the smallest that is right, with changes. */

/** A right configuration as YAML. */
export const MINIMAL = `version: "1.0"
network: meso4
data:
  train: { faces: [faces.jsonl] }
  val: { faces: [faces.jsonl], batches: 2 }
  batchSize: 8
loss: { kind: bce }
optimiser: { kind: adam, rate: 0.01 }
schedule: { kind: constant, steps: 20 }
validate: { every: 10 }
checkpoint: { folder: run, every: 5 }
output:
  card: model/test.card.json
  name: test
  description: A test.
  trainedOn: [{ data: nothing, items: 0, terms: none }]
  licence: { weights: none }
`;
