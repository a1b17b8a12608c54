/**
 * Forgeries of the whole head or picture: traces of generators that make every pixel anew, and so leave no seam.
 *
 * None of the traces is a mere loss of quality: in eight of ten the energy of fine detail is brought back to what it was, or beyond, and
 * the real half of such a pair gets an ordinary degradation of like strength (see {@link drawOrdinary}). So «clean» does not
 * mean authentic, and «blurred» does not mean forged: the network has to tell what kind of change it was.
 *
 * - `checkerboard`: through a smaller picture and enlarged with the uneven overlap of transposed convolutions (Odena et al. 2016)
 * - `nearest`: enlarged by repetition, then smoothed and sharpened: spectral copies (Durall et al. 2020)
 * - `denoised`: weak texture shrunk away at several scales, edges kept: skin of wax
 * - `transplanted`: texture of the right energy in the wrong place
 */
import type { Random } from '../random.js';
import { blurred, blurredPlane, sharpened } from './pixels/blur.js';
import { blend, brightened, clampByte, evenPlane, lumaOf, mirrored, type Picture, type Plane } from './pixels/picture.js';
import { convexHull, drawPolygons, outset } from './pixels/polygon.js';
import type { Kernel } from './pixels/resize.js';
import { throughSmaller, withNoise } from './detail.js';
import type { FaceOnCanvas, Forged } from './forgery.js';
import { meshPoint, REGIONS } from './mesh-points.js';

/** Traces of generators. */
export const TRACES = ['checkerboard', 'nearest', 'denoised', 'transplanted'] as const;
/** A member of {@link TRACES}. */
export type Trace = (typeof TRACES)[number];

/** How the frames of a clip are made: alike; each on its own; or with texture that sticks to the picture, not to the face. */
export const COURSES = ['steady', 'flicker', 'sticking'] as const;
/** A member of {@link COURSES}. */
export type Course = (typeof COURSES)[number];

/** What was drawn; the same for every frame of a clip. */
export interface Synthesis {
  readonly kind: 'synthetic';
  readonly trace: Trace;
  readonly course: Course;
  /** How far the change reaches beyond the face, as a share of the face box's longer side; absent: the whole picture. */
  readonly margin?: number;
  /** Pixels that one pixel of the smaller picture becomes, above 1. */
  readonly factor: number;
  /** Grey levels below which texture counts as weak. */
  readonly threshold: number;
  /** Share by which overlaps differ. */
  readonly unevenness: number;
  readonly sharpen: number;
  /** Where texture is taken from, in pixels. */
  readonly displacement: readonly [number, number];
  /** A faint regular pattern on top: its period in pixels and its amplitude in grey levels. */
  readonly pattern?: { readonly period: number; readonly amplitude: number };
  /** How the energy of fine detail is brought to `liveliness` times what it was, where it is less; absent: not at all. */
  readonly livened?: 'grain' | 'sharpen';
  readonly liveliness: number;
}

/** What is drawn from. */
export interface SynthesisShares {
  readonly traces: Readonly<Record<Trace, number>>;
  readonly courses: Readonly<Record<Course, number>>;
}

/** Draws what a generator would leave. */
export function drawSynthesis(random: Random, { traces, courses }: SynthesisShares): Synthesis {
  const angle = random.uniform(0, 2 * Math.PI);
  const distance = random.uniform(3, 14);
  return {
    kind: 'synthetic',
    trace: random.weighted(traces),
    course: random.weighted(courses),
    ...(random.chance(0.45) ? {} : { margin: random.uniform(0.08, 0.3) }),
    factor: random.pick([1.5, 2, 2, 3, 4]),
    threshold: random.uniform(2, 9),
    unevenness: random.uniform(0.01, 0.06),
    sharpen: random.uniform(0.2, 1.4),
    displacement: [Math.cos(angle) * distance, Math.sin(angle) * distance],
    ...(random.chance(0.3) ? { pattern: { period: random.pick([2, 4, 8]), amplitude: random.uniform(0.6, 2.5) } } : {}),
    ...livening(random),
    liveliness: random.uniform(1, 2.6),
  };
}

function livening(random: Random): Pick<Synthesis, 'livened'> {
  const way = random.weighted({ none: 0.2, grain: 0.25, sharpen: 0.55 });
  return way === 'none' ? {} : { livened: way };
}

/** Makes the frames of one synthetic picture or clip. */
export class Synthesiser {
  #texture: Float32Array | undefined;

  constructor(private readonly synthesis: Synthesis) {}

  /** The next frame. @param random - a stream of its own for this frame */
  frame(face: FaceOnCanvas, random: Random): Forged {
    const { picture } = face;
    const drawn = this.synthesis.course === 'flicker' ? flickering(this.synthesis, random) : this.synthesis;
    let made = this.synthesis.course === 'sticking' ? this.#stuck(picture, drawn) : traced(picture, drawn);
    if (drawn.pattern !== undefined) made = patterned(made, drawn.pattern);
    made = livened(made, fineEnergy(picture) * drawn.liveliness, drawn.livened, random);
    const mask = drawn.margin === undefined ? evenPlane(picture.width, picture.height, 1) : headMask(face, drawn.margin);
    return { picture: blend(picture, made, mask), mask };
  }

  /** Weak texture of the clip's first frame on the edges of this one. */
  #stuck(picture: Picture, { threshold }: Synthesis): Picture {
    const own = weakTexture(picture, threshold + 2);
    const first = (this.#texture ??= own);
    return brightened(picture, own.map((level, i) => (first[i] ?? 0) - level));
  }
}

/** Strongest sharpening that brings detail back. */
const MOST_SHARPENING = 3;

/** A picture whose fine detail has the energy asked for, or nearly. */
function livened(picture: Picture, energy: number, way: Synthesis['livened'], random: Random): Picture {
  const own = fineEnergy(picture);
  if (way === undefined || own >= energy) return picture;
  if (way === 'grain') return withNoise(picture, Math.sqrt(energy - own), random);
  // Sharpening by an amount multiplies fine detail by about one more than it.
  return sharpened(picture, Math.min(MOST_SHARPENING, Math.sqrt(energy / Math.max(own, 1e-3)) - 1));
}

function flickering(synthesis: Synthesis, random: Random): Synthesis {
  return {
    ...synthesis,
    factor: synthesis.factor * random.uniform(0.85, 1.18),
    threshold: synthesis.threshold * random.uniform(0.6, 1.5),
    sharpen: synthesis.sharpen * random.uniform(0.6, 1.4),
    displacement: [synthesis.displacement[0] + random.normal(0, 2), synthesis.displacement[1] + random.normal(0, 2)],
  };
}

function traced(picture: Picture, { trace, factor, threshold, unevenness, sharpen, displacement }: Synthesis): Picture {
  switch (trace) {
    case 'checkerboard':
      return sharpened(overlapped(throughSmaller(picture, 1 / factor, 'cubic'), Math.max(2, Math.round(factor)), unevenness), sharpen * 0.6);
    case 'nearest':
      return sharpened(blurred(throughSmaller(picture, 1 / factor, 'nearest'), factor * 0.42), sharpen);
    case 'denoised':
      return brightened(picture, weakTexture(picture, threshold).map((level) => -level));
    case 'transplanted': {
      const texture = weakTexture(picture, threshold + 2);
      const [dx, dy] = displacement.map(Math.round) as [number, number];
      const { width, height } = picture;
      const levels = new Float32Array(texture.length);
      for (let y = 0, i = 0; y < height; y++) {
        const row = mirrored(y + dy, height) * width;
        for (let x = 0; x < width; x++, i++) levels[i] = (texture[row + mirrored(x + dx, width)] ?? 0) - (texture[i] ?? 0);
      }
      return brightened(picture, levels);
    }
  }
}

/** Brightness that differs by the phase within each stride, as where a kernel is no multiple of its stride. */
function overlapped(picture: Picture, stride: number, unevenness: number): Picture {
  const data = new Uint8Array(picture.data.length);
  const gains = Float32Array.from({ length: Math.max(picture.width, picture.height) }, (_, place) => 1 + unevenness * (place % stride === 0 ? 1 : -1 / (stride - 1)) * 0.5);
  for (let y = 0, i = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const gain = (gains[x] ?? 1) * (gains[y] ?? 1);
      for (const end = i + 3; i < end; i++) data[i] = clampByte((picture.data[i] ?? 0) * gain);
    }
  }
  return { ...picture, data };
}

/** Weak values become 0, strong ones stay (firm shrinkage, Gao and Bruce 1997): what is taken away has no edges in it. */
function firm(value: number, limit: number): number {
  const size = Math.abs(value);
  return size <= limit ? 0 : size >= 2 * limit ? value : value * (size / limit - 1);
}

/** Weak differences of brightness between three scales: what wavelet denoising takes away (Donoho 1995). Grey levels. */
function weakTexture(picture: Picture, threshold: number): Float32Array {
  const luma = lumaOf(picture);
  const fine = blurredPlane(luma, 0.9).data;
  const coarse = blurredPlane(luma, 2).data;
  const texture = new Float32Array(fine.length);
  for (let i = 0; i < texture.length; i++) {
    const small = (luma.data[i] ?? 0) - (fine[i] ?? 0);
    const middle = (fine[i] ?? 0) - (coarse[i] ?? 0);
    texture[i] = small - firm(small, threshold) + middle - firm(middle, threshold * 0.5);
  }
  return texture;
}

function patterned(picture: Picture, { period, amplitude }: { readonly period: number; readonly amplitude: number }): Picture {
  const wave = Float32Array.from({ length: period }, (_, i) => Math.cos((2 * Math.PI * i) / period));
  const data = new Uint8Array(picture.data.length);
  for (let y = 0, i = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const shift = amplitude * (wave[x % period] ?? 0) * (wave[y % period] ?? 0);
      for (let c = 0; c < 3; c++, i++) data[i] = clampByte((picture.data[i] ?? 0) + shift);
    }
  }
  return { ...picture, data };
}

/** Variance of what a small blur takes away, in grey levels squared: green alone, which luma mostly is. */
function fineEnergy({ width, height, data }: Picture): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = (y * width + x) * 3 + 1;
      const around = ((data[i - 3] ?? 0) + (data[i + 3] ?? 0) + (data[i - 3 * width] ?? 0) + (data[i + 3 * width] ?? 0)) / 4;
      sum += ((data[i] ?? 0) - around) ** 2;
    }
  }
  // White noise of variance v shows as 1.25 v.
  return sum / ((width - 2) * (height - 2) * 1.25);
}

function headMask({ picture, mesh, unit }: FaceOnCanvas, margin: number): Plane {
  const hull = outset(convexHull(REGIONS.oval[0].map((index) => meshPoint(mesh, index))), margin * unit);
  return blurredPlane(drawPolygons([hull], picture.width, picture.height), Math.max(1, 0.05 * unit));
}

/** An ordinary degradation of like strength: what optics, scaling, denoising and sensors do. */
export interface Ordinary {
  readonly shrink?: number;
  readonly upscale?: Kernel;
  readonly blur?: number;
  readonly sharpen?: number;
  readonly noise?: number;
}

/** The counterweight of a synthesis, for the real half of its pair. */
export function drawOrdinary(random: Random, { factor, sharpen }: Synthesis): Ordinary {
  const noise = random.chance(0.5) ? { noise: random.uniform(1, 5) } : {};
  const choice = random.uniform();
  if (choice < 0.5) return { shrink: 1 / (factor * random.uniform(0.8, 1.1)), upscale: random.pick(['linear', 'cubic', 'lanczos'] as const), ...(random.chance(0.5) ? { sharpen: sharpen * 0.6 } : {}), ...noise };
  if (choice < 0.8) return { blur: random.uniform(0.5, 1.6), ...(random.chance(0.3) ? { sharpen } : {}), ...noise };
  return { noise: random.uniform(2, 8) };
}

/** @param noise - a stream of its own for the noise of this picture */
export function ordinary(picture: Picture, { shrink, upscale, blur, sharpen, noise }: Ordinary, random: Random): Picture {
  let out = picture;
  if (shrink !== undefined && shrink < 1) out = throughSmaller(out, shrink, upscale ?? 'cubic');
  if (blur !== undefined) out = blurred(out, blur);
  if (sharpen !== undefined) out = sharpened(out, sharpen);
  return noise === undefined ? out : withNoise(out, noise, random);
}

