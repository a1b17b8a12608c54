/** MediaPipe's face mesh: the network that finds 468 points of a face, read from the npm package that publishes it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph } from '../../inference/graph.js';
import { emitOnnx } from '../../inference/onnx-emitter.js';
import { servingGraph } from '../../inference/serving-graph.js';
import { readTflite } from '../../inference/tflite.js';
import { tfliteGraph } from '../../inference/tflite-graph.js';

const PACKAGE = '@mediapipe/face_mesh';
/** Several files end to end, and the script that says where each begins. */
const ASSETS = 'face_mesh_solution_packed_assets.data';
const LOADER = 'face_mesh_solution_packed_assets_loader.js';
const FILE = 'face_landmark.tflite';

/** Input height and width in pixels. */
export const FACE_MESH_INPUT_SIZE = 192;

/** The network. */
export interface FaceMeshNetwork {
  /**
   * ONNX model. Input `input`, N × 3 × 192 × 192, RGB `value / 255`: an upright face, the square 1.5 times as wide as its
   * box. Outputs `points`, N × 1404 × 1 × 1 (x, y in input pixels and a depth, of 468 points), and `presence`,
   * N × 1 × 1 × 1 (logit that there is a face).
   */
  readonly onnx: Uint8Array;
  /** `sha256:` and lower-case hex, over the published file. */
  readonly digest: string;
}

/** The bytes of one file of the packed assets. */
function packedFile(): Uint8Array {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
    const entry = new RegExp(`"filename":\\s*"[^"]*/${FILE.replace('.', '\\.')}",\\s*"start":\\s*(\\d+),\\s*"end":\\s*(\\d+)`).exec(readFileSync(join(folder, LOADER), 'utf8'));
    if (entry === null) throw new FramewitnessError('FW_MODEL_FORMAT', `${LOADER} of the package ${PACKAGE} does not name ${FILE}`);
    return readFileSync(join(folder, ASSETS)).subarray(Number(entry[1]), Number(entry[2]));
  } catch (error) {
    if (error instanceof FramewitnessError) throw error;
    throw new FramewitnessError('FW_MODEL_UNKNOWN', `${FILE} of the package ${PACKAGE} cannot be read; reinstall the package`, { cause: error });
  }
}

/** The network as a graph, from the bytes of its tflite file. */
export function faceMeshGraph(tflite: Uint8Array): Graph {
  return tfliteGraph(readTflite(tflite, FILE), 'face-mesh', ['points', 'presence']);
}

/**
 * Reads and converts the published network.
 *
 * @throws FramewitnessError FW_MODEL_UNKNOWN where the package is missing, FW_MODEL_FORMAT where its files are damaged
 */
export function faceMeshNetwork(): FaceMeshNetwork {
  const file = packedFile();
  const graph = servingGraph(faceMeshGraph(file), new Map());
  return {
    onnx: emitOnnx(graph, { source: `${PACKAGE}/${FILE}`, input: 'RGB value / 255, N x 3 x 192 x 192' }),
    digest: `sha256:${createHash('sha256').update(file).digest('hex')}`,
  };
}
