/** Models with deterministic weights, written where tests can load them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RgbImage } from '../../src/domain/media.js';
import { writeSafetensors } from '../../src/inference/safetensors.js';
import { sha256Hex } from '../../src/models/card.js';
import { parityParameters, parityTensor } from '../../src/models/parity.js';
import { findNetwork, networkGraph } from '../../src/models/registry.js';

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framewitness-models-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A card that fits its network; `changes` replace top-level fields. */
export function cardFor(network: string, weightsSha256: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { kind, inputSize, clipLength, outputs } = findNetwork(network);
  return {
    schema: 'framewitness.model-card/1',
    name: network,
    network,
    kind,
    version: 'test',
    description: 'Deterministic weights for tests.',
    weights: { file: `${network}.safetensors`, sha256: weightsSha256 },
    input: { size: inputSize, clipLength, range: 'rgb/127.5-1', cropScale: 1.3, layout: kind === 'frame' ? 'NCHW' : 'NTCHW' },
    outputs,
    calibration: { method: 'platt', scale: 2, offset: -0.25, fittedOn: 'nothing' },
    frameCalibration: { method: 'platt', scale: 1, offset: 0.5, fittedOn: 'nothing' },
    trainedOn: [{ data: 'nothing', items: 0, terms: 'none' }],
    procedure: 'A hash of each name.',
    metrics: [{ name: 'AUC', value: 0.5, interval95: [0.4, 0.6], data: 'nothing', command: 'none' }],
    limits: ['Says nothing about any face.'],
    licence: { weights: 'Apache-2.0', code: 'Apache-2.0' },
    ...changes,
  };
}

/** Writes weights and card of a network; gives the card's path. */
export async function writeModel(folder: string, network: string, changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const weights = writeSafetensors(parityParameters(networkGraph(findNetwork(network)), 'scorers', 1));
  await writeFile(join(folder, `${network}.safetensors`), weights);
  const path = join(folder, `${network}.card.json`);
  await writeFile(path, JSON.stringify(cardFor(network, sha256Hex(weights), changes), null, 2));
  return path;
}

/** A picture that looks like nothing, the same for the same seed. */
export function picture(seed: string, size = 128): RgbImage {
  const { data } = parityTensor(seed, 'input', [size * size * 3], 1);
  return { size, data: Uint8Array.from(data, (value) => Math.floor((value / 0.2 + 0.5) * 255)) };
}
