/** Maps over a face, made small enough for a verdict's evidence. */
import { FramewitnessError } from '../domain/errors.js';
import type { FaceMap } from '../domain/ports.js';
import type { FloatTensor } from '../inference/tensor.js';

/** Longest side of a map that is kept; larger ones are averaged down. */
const MAX_SIDE = 32;

function cell(values: Float32Array, width: number, rows: readonly [number, number], columns: readonly [number, number]): number {
  let sum = 0;
  for (let y = rows[0]; y < rows[1]; y++) for (let x = columns[0]; x < columns[1]; x++) sum += values[y * width + x] ?? 0;
  return sum / ((rows[1] - rows[0]) * (columns[1] - columns[0]));
}

/**
 * One map a face: means over equal squares where the output has more than 32 cells a side, one byte a cell.
 *
 * @param output - N × 1 × H × W or N × H × W, values 0 to 1; what lies outside is clamped
 * @param meaning - what a high value says
 * @throws FramewitnessError FW_MODEL_FAILED where the output is missing or has another shape
 */
export function faceMaps(output: FloatTensor | undefined, faces: number, meaning: string): readonly FaceMap[] {
  const [height, width] = [output?.dims.at(-2), output?.dims.at(-1)];
  if (output === undefined || height === undefined || width === undefined || output.data.length !== faces * height * width) {
    throw new FramewitnessError('FW_MODEL_FAILED', `a map of shape ${output?.dims.join(' × ') ?? 'none'} does not fit ${faces} face(s)`);
  }
  const step = Math.ceil(Math.max(height, width) / MAX_SIDE);
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  return Array.from({ length: faces }, (_, face) => {
    const values = output.data.subarray(face * height * width, (face + 1) * height * width);
    const bytes = Uint8Array.from({ length: rows * columns }, (__, i) => {
      const [y, x] = [Math.floor(i / columns) * step, (i % columns) * step];
      const mean = cell(values, width, [y, Math.min(height, y + step)], [x, Math.min(width, x + step)]);
      return Math.round(255 * Math.min(1, Math.max(0, mean)));
    });
    return { meaning, width: columns, height: rows, values: Buffer.from(bytes).toString('base64') };
  });
}
