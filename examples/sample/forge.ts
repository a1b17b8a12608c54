/**
 * The forgery: the inner face is taken out of the portrait, made into a somewhat different face of low resolution, and
 * blended back, as face-swap programs do. The scheme is that of self-blended images (Shiohara and Yamasaki, CVPR 2022):
 * source and target are the same photograph, so no second person is involved.
 */
import { blankPicture, blurPicture, copyPicture, sampleBilinear, smoothStep, type Picture, type Rgb } from './image.js';
import { flicker } from './random.js';

/** The face of the portrait, in its pixels: middle between eyes and mouth, and the tilt of the line of the eyes. */
const FACE = { x: 224.6, y: 124, tilt: 0.046 };
/** Half of the side of the square that the low-resolution face is made of, in pixels of the portrait. */
const CROP_RADIUS = 62;
/** Side of the low-resolution face in its own pixels. */
const GENERATED_SIZE = 64;

/** A local change of a feature: place and reach in face coordinates (pixels), magnification across and down. */
interface FeatureChange {
  readonly u: number;
  readonly v: number;
  readonly reach: number;
  readonly across: number;
  readonly down: number;
}

/** What makes the generated face look like somebody else. Face coordinates: u to the viewer's right, v down. */
const FEATURE_CHANGES: readonly FeatureChange[] = [
  { u: -21, v: -21, reach: 13, across: 1.06, down: 1.2 }, // eyes rounder
  { u: 21, v: -21, reach: 13, across: 1.06, down: 1.2 },
  { u: 0, v: 0, reach: 13, across: 0.84, down: 1.06 }, // nose narrower and longer
  { u: 0, v: 22, reach: 17, across: 0.84, down: 1.16 }, // mouth smaller, lips fuller
  { u: 0, v: 46, reach: 18, across: 0.94, down: 0.92 }, // chin rounder
];

/** Everything that changes from frame to frame, because the generator looks at each frame by itself. */
interface FrameJitter {
  readonly shiftU: number;
  readonly shiftV: number;
  readonly roll: number;
  readonly size: number;
  readonly mouth: number;
  readonly maskSize: number;
  readonly maskShift: number;
  readonly feather: number;
  readonly tint: Rgb;
}

/** Where the generated face looks in the portrait for its point (u, v): flipped, misaligned, features changed. */
function lookUp(u: number, v: number, jitter: FrameJitter): [number, number] {
  let su = u;
  let sv = v;
  for (const [index, change] of FEATURE_CHANGES.entries()) {
    const du = su - change.u;
    const dv = sv - change.v;
    const weight = Math.exp(-(du * du + dv * dv) / (2 * change.reach * change.reach));
    const down = index === 3 ? change.down * jitter.mouth : change.down;
    su -= du * (1 - 1 / change.across) * weight;
    sv -= dv * (1 - 1 / down) * weight;
  }
  const cos = Math.cos(jitter.roll) / jitter.size;
  const sin = Math.sin(jitter.roll) / jitter.size;
  const turnedU = su * cos + sv * sin - jitter.shiftU;
  const turnedV = sv * cos - su * sin - jitter.shiftV;
  return [-turnedU, turnedV];
}

/** The low-resolution face: GENERATED_SIZE squared, slightly over-sharpened and patterned as decoders leave it. */
function generateFace(softened: Picture, jitter: FrameJitter): Picture {
  const face = blankPicture(GENERATED_SIZE, GENERATED_SIZE);
  const pitch = (2 * CROP_RADIUS) / GENERATED_SIZE;
  const cos = Math.cos(FACE.tilt);
  const sin = Math.sin(FACE.tilt);
  const value: Rgb = [0, 0, 0];
  for (let row = 0; row < GENERATED_SIZE; row += 1) {
    for (let column = 0; column < GENERATED_SIZE; column += 1) {
      const [u, v] = lookUp((column + 0.5) * pitch - CROP_RADIUS, (row + 0.5) * pitch - CROP_RADIUS, jitter);
      sampleBilinear(softened, FACE.x + u * cos - v * sin, FACE.y + u * sin + v * cos, value);
      const at = (row * GENERATED_SIZE + column) * 3;
      for (let c = 0; c < 3; c += 1) face.data[at + c] = value[c]!;
    }
  }
  const blurred = blurPicture(face, 1.3);
  for (let row = 0; row < GENERATED_SIZE; row += 1) {
    for (let column = 0; column < GENERATED_SIZE; column += 1) {
      const checker = (row + column) % 2 === 0 ? 1.5 : -1.5;
      const at = (row * GENERATED_SIZE + column) * 3;
      for (let c = 0; c < 3; c += 1) face.data[at + c]! += 0.45 * (face.data[at + c]! - blurred.data[at + c]!) + checker;
    }
  }
  return face;
}

/** Other colour statistics: less contrast and saturation, a rosier tint, and the flicker of the frame. */
function recolour(value: Rgb, tint: Rgb): void {
  const luma = 0.299 * value[0] + 0.587 * value[1] + 0.114 * value[2];
  const offset: Rgb = [3, -10, -9];
  for (let c = 0; c < 3; c += 1) {
    const desaturated = luma + 0.85 * (value[c]! - luma);
    value[c] = 128 + 0.87 * (desaturated - 128) + offset[c]! + tint[c]!;
  }
}

/** Opacity of the blend at face coordinates (u, v): a soft superellipse from the brows to the chin, 0..1. */
function opacity(u: number, v: number, jitter: FrameJitter): number {
  const across = Math.abs(u - jitter.maskShift) / (40 * jitter.maskSize);
  const down = Math.abs(v - 6) / ((v < 6 ? 47 : 45) * jitter.maskSize);
  const distance = (across ** 3 + down ** 3) ** (1 / 3);
  return 0.97 * (1 - smoothStep(1 - jitter.feather, 1 + 0.4 * jitter.feather, distance));
}

/**
 * Forges the portrait frame by frame; call the result once a frame, in order.
 *
 * @param seed - settles every jitter
 * @returns the forged portrait of the next frame
 */
export function createForger(portrait: Picture, seed: number): () => Picture {
  const softened = blurPicture(portrait, 0.5);
  const fast = (offset: number): (() => number) => flicker(seed + offset, 0.55);
  const slow = (offset: number): (() => number) => flicker(seed + offset, 0.96);
  const shiftU = fast(1);
  const shiftV = fast(2);
  const roll = fast(3);
  const size = fast(4);
  const maskSize = fast(5);
  const maskShift = fast(6);
  const feather = fast(7);
  const light = fast(8);
  const mouth = slow(9);
  const red = slow(10);
  const blue = slow(11);
  return () => {
    const level = 1.8 * light();
    const jitter: FrameJitter = {
      shiftU: 1.4 + 0.35 * shiftU(),
      shiftV: -1.1 + 0.35 * shiftV(),
      roll: 0.016 + 0.005 * roll(),
      size: 1.035 + 0.006 * size(),
      mouth: 1 + 0.05 * mouth(),
      maskSize: 1 + 0.018 * maskSize(),
      maskShift: 0.7 * maskShift(),
      feather: Math.max(0.1, 0.17 + 0.03 * feather()),
      tint: [level + 1.2 * red(), level, level + 1.2 * blue()],
    };
    return blend(portrait, generateFace(softened, jitter), jitter);
  };
}

/** The portrait with the generated face blended in. */
function blend(portrait: Picture, face: Picture, jitter: FrameJitter): Picture {
  const forged = copyPicture(portrait);
  const cos = Math.cos(FACE.tilt);
  const sin = Math.sin(FACE.tilt);
  const pitch = (2 * CROP_RADIUS) / GENERATED_SIZE;
  const value: Rgb = [0, 0, 0];
  for (let y = Math.floor(FACE.y - CROP_RADIUS); y <= FACE.y + CROP_RADIUS; y += 1) {
    for (let x = Math.floor(FACE.x - CROP_RADIUS); x <= FACE.x + CROP_RADIUS; x += 1) {
      const u = (x - FACE.x) * cos + (y - FACE.y) * sin;
      const v = (y - FACE.y) * cos - (x - FACE.x) * sin;
      const alpha = opacity(u, v, jitter);
      if (alpha === 0) continue;
      sampleBilinear(face, (u + CROP_RADIUS) / pitch - 0.5, (v + CROP_RADIUS) / pitch - 0.5, value);
      recolour(value, jitter.tint);
      const at = (y * portrait.width + x) * 3;
      for (let c = 0; c < 3; c += 1) forged.data[at + c] = alpha * value[c]! + (1 - alpha) * forged.data[at + c]!;
    }
  }
  return forged;
}
