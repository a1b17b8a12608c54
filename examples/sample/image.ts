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

/** Weights of the four neighbours of a point `t` (0..1) past the second of them: the Catmull–Rom spline. */
function catmullRom(t: number): [number, number, number, number] {
  const t2 = t * t;
  const t3 = t2 * t;
  return [(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2];
}

/** Reads `picture` at (x, y) with the Catmull–Rom spline; pixel centres lie at integers. Writes into `out`. */
export function sampleBicubic(picture: Picture, x: number, y: number, out: Rgb): void {
  const { width, height, data } = picture;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const across = catmullRom(x - left);
  const down = catmullRom(y - top);
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let j = 0; j < 4; j += 1) {
    const row = mirror(top - 1 + j, height) * width;
    for (let i = 0; i < 4; i += 1) {
      const weight = across[i]! * down[j]!;
      const at = (row + mirror(left - 1 + i, width)) * 3;
      red += weight * data[at]!;
      green += weight * data[at + 1]!;
      blue += weight * data[at + 2]!;
    }
  }
  out[0] = red;
  out[1] = green;
  out[2] = blue;
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
