/** BlazeFace, full range (dense): the face detector's network, read from the npm package that publishes it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from '../inference/graph.js';
import { emitOnnx } from '../inference/onnx-emitter.js';
import { servingGraph } from '../inference/serving-graph.js';
import { readTflite } from '../inference/tflite.js';
import { tfliteGraph } from '../inference/tflite-graph.js';

const PACKAGE = '@mediapipe/face_detection';
const FILE = 'face_detection_full_range.tflite';

/** Input height and width in pixels. */
export const BLAZE_FACE_INPUT_SIZE = 192;
/** One anchor a cell of the 48 × 48 grid, row by row. */
export const BLAZE_FACE_ANCHORS = 2304;

/** The detector's network. */
export interface BlazeFaceNetwork {
  /**
   * ONNX model. Input `input`, N × 3 × 192 × 192, RGB `value / 127.5 - 1`. Outputs `regressors`, N × 2304 × 16 (box
   * centre x, y, width, height, then six key points x, y, all in input pixels relative to the anchor's centre), and
   * `classifiers`, N × 2304 × 1 (face logit).
   */
  readonly onnx: Uint8Array;
  readonly inputSize: typeof BLAZE_FACE_INPUT_SIZE;
  /** `sha256:` and lower-case hex, over the published file. */
  readonly digest: string;
}

function publishedFile(): Buffer {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
    return readFileSync(join(dirname(manifest), FILE));
  } catch (error) {
    throw new FramewitnessError('FW_MODEL_UNKNOWN', `${FILE} of the package ${PACKAGE} cannot be read; reinstall the package`, { cause: error });
  }
}

/** The network as a graph, from the bytes of its tflite file. */
export function blazeFaceGraph(tflite: Uint8Array): Graph {
  return tfliteGraph(readTflite(tflite, FILE), 'blazeface-full-range', ['regressors', 'classifiers']);
}

/**
 * Reads and converts the published network. Takes a fraction of a second: call it once a process.
 *
 * @throws FramewitnessError FW_MODEL_UNKNOWN where the package is missing, FW_MODEL_FORMAT where its file is damaged
 */
export function blazeFaceFullRange(): BlazeFaceNetwork {
  const file = publishedFile();
  const graph = servingGraph(blazeFaceGraph(file), new Map());
  return {
    onnx: emitOnnx(graph, { source: `${PACKAGE}/${FILE}`, input: 'RGB value / 127.5 - 1, N x 3 x 192 x 192' }),
    inputSize: BLAZE_FACE_INPUT_SIZE,
    digest: `sha256:${createHash('sha256').update(file).digest('hex')}`,
  };
}
