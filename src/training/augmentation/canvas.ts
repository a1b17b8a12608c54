/** Faces brought onto square pictures of one size, and crops as the networks see them. */
import type { RgbImage } from '../../domain/media.js';
import type { Random } from '../random.js';
import type { FaceOnCanvas } from './forgery.js';
import { appliedToAll, placement } from './pixels/affine.js';
import { mirrored, type Picture, type Plane, type Vector } from './pixels/picture.js';
import { resized } from './pixels/resize.js';
import { warped } from './pixels/warp.js';
import type { KnownFace } from './library.js';

/** Side of the canvas, × the longer side of the face box: crops of up to 1.3 × with room to move. */
export const CANVAS_SCALE = 1.3 * 1.36;

/** How a face lies on its canvas. */
export interface Pose {
  readonly flip: boolean;
  /** Radians. */
  readonly turn: number;
  readonly scale: number;
  /** Shares of the face box's longer side. */
  readonly shift: Vector;
}

/** Mostly upright, near the middle. */
export function drawPose(random: Random): Pose {
  return { flip: random.chance(0.5), turn: random.normal(0, 0.06), scale: random.uniform(0.9, 1.1), shift: [random.normal(0, 0.015), random.normal(0, 0.015)] };
}

/**
 * A face on a canvas. Resampling here also breaks the picture's own JPEG grid, for both classes alike.
 *
 * @param picture - of the face
 * @param size - side of the canvas in pixels
 */
export function onCanvas(picture: Picture, { box, mesh }: Pick<KnownFace, 'box' | 'mesh'>, size: number, pose: Pose): FaceOnCanvas {
  const unit = (size / CANVAS_SCALE) * pose.scale;
  const scale = unit / Math.max(box.width, box.height);
  const centre: Vector = [box.x + box.width / 2, box.y + box.height / 2];
  const target: Vector = [size / 2 + pose.shift[0] * unit, size / 2 + pose.shift[1] * unit];
  const points = placement(pose.turn, [pose.flip ? -scale : scale, scale], centre, target);
  // Bilinear samples of a picture that shrinks would miss pixels: bring it near its size by area means first.
  const near = scale * 1.25;
  const source = near < 1 ? resized(picture, Math.max(1, Math.round(picture.width * near)), Math.max(1, Math.round(picture.height * near)), 'area') : picture;
  const across = picture.width / source.width;
  const down = picture.height / source.height;
  const [a, b, c, d, e, f] = points;
  return { picture: warped(source, [a * across, b * down, c, d * across, e * down, f], size, size), mesh: appliedToAll(points, mesh), unit, centre: target };
}

/** Where a crop is cut, pixels of the canvas. */
export interface CropPlace {
  readonly centre: Vector;
  readonly side: number;
}

function square({ width, height, data }: Picture, { centre, side }: CropPlace): Picture {
  const whole = Math.max(16, Math.round(side));
  const left = Math.round(centre[0] - whole / 2);
  const top = Math.round(centre[1] - whole / 2);
  const cut = new Uint8Array(whole * whole * 3);
  for (let y = 0, out = 0; y < whole; y++) {
    const row = mirrored(top + y, height) * width;
    for (let x = 0; x < whole; x++) {
      const from = (row + mirrored(left + x, width)) * 3;
      for (let channel = 0; channel < 3; channel++, out++) cut[out] = data[from + channel] ?? 0;
    }
  }
  return { width: whole, height: whole, data: cut };
}

/** The network's square: area means when shrinking, bilinear when enlarging, as the deployed pipeline cuts. */
export function cropped(picture: Picture, place: CropPlace, size: number): RgbImage {
  const cut = square(picture, place);
  return { size, data: resized(cut, size, size, cut.width > size ? 'area' : 'linear').data };
}

/** The same square of a plane in [0, 1], bilinear; 0 beyond the plane. */
export function croppedPlane({ width, height, data }: Plane, { centre, side }: CropPlace, size: number): Float32Array {
  const whole = Math.max(16, Math.round(side));
  const [left, top] = [Math.round(centre[0] - whole / 2), Math.round(centre[1] - whole / 2)];
  const cell = whole / size;
  const crop = new Float32Array(size * size);
  for (let y = 0, out = 0; y < size; y++) {
    const sy = top + (y + 0.5) * cell - 0.5;
    const upper = Math.floor(sy);
    const down = sy - upper;
    for (let x = 0; x < size; x++, out++) {
      const sx = left + (x + 0.5) * cell - 0.5;
      const near = Math.floor(sx);
      if (upper < 0 || near < 0 || upper + 1 >= height || near + 1 >= width) continue;
      const i = upper * width + near;
      const above = (data[i] ?? 0) + ((data[i + 1] ?? 0) - (data[i] ?? 0)) * (sx - near);
      const below = (data[i + width] ?? 0) + ((data[i + width + 1] ?? 0) - (data[i + width] ?? 0)) * (sx - near);
      crop[out] = Math.min(1, Math.max(0, above + (below - above) * down));
    }
  }
  return crop;
}
