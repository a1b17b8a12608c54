/** Pictures of three float channels, and how to read them between their pixels. */

/** An RGB picture, height × width × channel, values nominally 0..255, gamma-encoded. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** One RGB value. */
export type Rgb = [number, number, number];

/** A black picture. */
export function blankPicture(width: number, height: number): Picture {
  return { width, height, data: new Float32Array(width * height * 3) };
}

/** A copy that can be painted on. */
export function copyPicture(picture: Picture): Picture {
  return { ...picture, data: picture.data.slice() };
}

/** Index of a pixel row or column beyond the edge, mirrored back inside. */
function mirror(index: number, size: number): number {
  if (index >= 0 && index < size) return index;
  const period = 2 * size;
  const wrapped = ((index % period) + period) % period;
  return wrapped < size ? wrapped : period - 1 - wrapped;
}

/** Reads `picture` at (x, y), bilinear; pixel centres lie at integers. Writes into `out`. */
export function sampleBilinear(picture: Picture, x: number, y: number, out: Rgb): void {
  const { width, height, data } = picture;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const x0 = mirror(left, width) * 3;
  const x1 = mirror(left + 1, width) * 3;
  const y0 = mirror(top, height) * width * 3;
  const y1 = mirror(top + 1, height) * width * 3;
  for (let c = 0; c < 3; c += 1) {
    const upper = data[y0 + x0 + c]! * (1 - fx) + data[y0 + x1 + c]! * fx;
    const lower = data[y1 + x0 + c]! * (1 - fx) + data[y1 + x1 + c]! * fx;
    out[c] = upper * (1 - fy) + lower * fy;
  }
}

/** Reads `picture` at (x, y) with the Catmull–Rom spline; pixel centres lie at integers. Writes into `out`. */
export function sampleBicubic(picture: Picture, x: number, y: number, out: Rgb): void {
  const { width, height, data } = picture;
  const left = Math.floor(x);
  const top = Math.floor(y);
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let j = -1; j <= 2; j += 1) {
    const row = mirror(top + j, height) * width;
    const down = catmullRom(y - top - j);
    for (let i = -1; i <= 2; i += 1) {
      const weight = down * catmullRom(x - left - i);
      const at = (row + mirror(left + i, width)) * 3;
      red += weight * data[at]!;
      green += weight * data[at + 1]!;
      blue += weight * data[at + 2]!;
    }
  }
  out[0] = red;
  out[1] = green;
  out[2] = blue;
}

/** The Catmull–Rom kernel at a distance of -2..2 pixels: cubic convolution with a = -1/2 (Keys 1981). */
function catmullRom(distance: number): number {
  const d = Math.abs(distance);
  return d <= 1 ? (1.5 * d - 2.5) * d * d + 1 : ((-0.5 * d + 2.5) * d - 4) * d + 2;
}

/** `picture` after a Gaussian blur of `sigma` pixels, cut off at three sigmas, mirrored at the edges. */
export function blurPicture(picture: Picture, sigma: number): Picture {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const pass = (from: Picture, stepX: number, stepY: number): Picture => {
    const to = blankPicture(from.width, from.height);
    for (let y = 0; y < from.height; y += 1) {
      for (let x = 0; x < from.width; x += 1) {
        for (let k = -reach; k <= reach; k += 1) {
          const weight = kernel[k + reach]! / sum;
          const at = (mirror(y + k * stepY, from.height) * from.width + mirror(x + k * stepX, from.width)) * 3;
          for (let c = 0; c < 3; c += 1) to.data[(y * from.width + x) * 3 + c]! += weight * from.data[at + c]!;
        }
      }
    }
    return to;
  };
  return pass(pass(picture, 1, 0), 0, 1);
}

/** 0 below `from`, 1 above `to`, a smooth step between (3t² − 2t³). */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
