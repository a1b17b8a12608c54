/** Moves pictures: bilinear, what lies outside mirrored at the border. */
import { inverted, type Affine } from './affine.js';
import { mirrored, type Picture, type Plane } from './picture.js';
import { cubicTaps } from './resize.js';

/** `picture` under a map, on a canvas of the size given. */
export function warped(picture: Picture, map: Affine, width: number, height: number): Picture {
  const [a, b, c, d, e, f] = inverted(map);
  const source = picture.data;
  const [sourceWidth, sourceHeight] = [picture.width, picture.height];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, out = 0; y < height; y++) {
    let sx = a * 0.5 + b * (y + 0.5) + c - 0.5;
    let sy = d * 0.5 + e * (y + 0.5) + f - 0.5;
    for (let x = 0; x < width; x++, out += 3, sx += a, sy += d) {
      let left = Math.floor(sx);
      let top = Math.floor(sy);
      const across = sx - left;
      const down = sy - top;
      let right = left + 1;
      let bottom = top + 1;
      if (left < 0 || right >= sourceWidth) {
        left = mirrored(left, sourceWidth);
        right = mirrored(right, sourceWidth);
      }
      if (top < 0 || bottom >= sourceHeight) {
        top = mirrored(top, sourceHeight);
        bottom = mirrored(bottom, sourceHeight);
      }
      const nw = (top * sourceWidth + left) * 3;
      const ne = (top * sourceWidth + right) * 3;
      const sw = (bottom * sourceWidth + left) * 3;
      const se = (bottom * sourceWidth + right) * 3;
      const wse = across * down;
      const wsw = down - wse;
      const wne = across - wse;
      const wnw = 1 - across - wsw;
      data[out] = ((source[nw] ?? 0) * wnw + (source[ne] ?? 0) * wne + (source[sw] ?? 0) * wsw + (source[se] ?? 0) * wse + 0.5) | 0;
      data[out + 1] = ((source[nw + 1] ?? 0) * wnw + (source[ne + 1] ?? 0) * wne + (source[sw + 1] ?? 0) * wsw + (source[se + 1] ?? 0) * wse + 0.5) | 0;
      data[out + 2] = ((source[nw + 2] ?? 0) * wnw + (source[ne + 2] ?? 0) * wne + (source[sw + 2] ?? 0) * wsw + (source[se + 2] ?? 0) * wse + 0.5) | 0;
    }
  }
  return { width, height, data };
}

/** A coarse field of shifts, side × side × (x, y), in pixels of the plane that it will bend. */
export interface ShiftField {
  readonly side: number;
  readonly shifts: Float32Array;
}

/** Shifts between the knots of a field (cubic), `width` of them a row. */
function spread(field: ShiftField, width: number, height: number, use: (pixel: number, dx: number, dy: number) => void): void {
  const { side, shifts } = field;
  const across = cubicTaps(side, width);
  const down = cubicTaps(side, height);
  const rows = new Float32Array(side * width * 2);
  for (let row = 0; row < side; row++) {
    for (let x = 0; x < width; x++) {
      let [dx, dy] = [0, 0];
      for (let k = 0; k < 4; k++) {
        const weight = across.weights[4 * x + k] ?? 0;
        const from = (row * side + (across.indices[4 * x + k] ?? 0)) * 2;
        dx += weight * (shifts[from] ?? 0);
        dy += weight * (shifts[from + 1] ?? 0);
      }
      rows[(row * width + x) * 2] = dx;
      rows[(row * width + x) * 2 + 1] = dy;
    }
  }
  for (let y = 0, pixel = 0; y < height; y++) {
    const [w0, w1, w2, w3] = [0, 1, 2, 3].map((k) => down.weights[4 * y + k] ?? 0) as [number, number, number, number];
    const [r0, r1, r2, r3] = [0, 1, 2, 3].map((k) => (down.indices[4 * y + k] ?? 0) * width * 2) as [number, number, number, number];
    for (let x = 0; x < width; x++, pixel++) {
      const i = 2 * x;
      const dx = w0 * (rows[r0 + i] ?? 0) + w1 * (rows[r1 + i] ?? 0) + w2 * (rows[r2 + i] ?? 0) + w3 * (rows[r3 + i] ?? 0);
      const dy = w0 * (rows[r0 + i + 1] ?? 0) + w1 * (rows[r1 + i + 1] ?? 0) + w2 * (rows[r2 + i + 1] ?? 0) + w3 * (rows[r3 + i + 1] ?? 0);
      use(pixel, dx, dy);
    }
  }
}

/** `plane` bent by a field: each pixel takes the value at its place plus its shift; outside is 0. */
export function bent(plane: Plane, field: ShiftField): Plane {
  const { width, height } = plane;
  const source = plane.data;
  const data = new Float32Array(width * height);
  spread(field, width, height, (pixel, dx, dy) => {
    const sx = (pixel % width) + dx;
    const sy = Math.floor(pixel / width) + dy;
    const left = Math.floor(sx);
    const top = Math.floor(sy);
    if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) return;
    const across = sx - left;
    const i = top * width + left;
    const above = (source[i] ?? 0) + ((source[i + 1] ?? 0) - (source[i] ?? 0)) * across;
    const below = (source[i + width] ?? 0) + ((source[i + width + 1] ?? 0) - (source[i + width] ?? 0)) * across;
    data[pixel] = above + (below - above) * (sy - top);
  });
  return { width, height, data };
}
