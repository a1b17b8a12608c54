/**
 * Motion of one face: a constant-velocity Kalman filter (Kalman, "A New Approach to Linear Filtering and Prediction
 * Problems", 1960) over event time with steps of any length. Process noise is white noise acceleration in continuous time
 * (Bar-Shalom, Li & Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001, section 6.2.2), so that
 * two steps of t/2 widen the estimate exactly as one step of t does, whatever the frame rate.
 *
 * Horizontal and vertical motion, width and height do not depend on one another, so the filter is four small ones. Width
 * and height have no velocity: a face that grew for a moment would otherwise go on growing while it is hidden.
 */
import type { Box } from '../domain/media.js';

/** `mean` = [cx, vx, cy, vy, w, h] in pixels and pixels per second. */
export interface Motion {
  readonly mean: readonly number[];
  /** [var cx, cov cx vx, var vx, var cy, cov cy vy, var vy, var w, var h]. */
  readonly covariance: readonly number[];
}

/** Standard deviations as shares of the size of the face, so that near and far faces move alike. */
export interface MotionNoise {
  /** Of a detected centre, width or height. */
  readonly measurement: number;
  /** Of the speed of a face seen for the first time, face sizes per second. */
  readonly initialSpeed: number;
  /** Intensity of acceleration, face sizes per second^1.5. */
  readonly acceleration: number;
  /** Intensity of growth, face sizes per second^0.5. */
  readonly growth: number;
}

/** The filter of a face that was seen once. */
export function startMotion(box: Box, noise: MotionNoise): Motion {
  const size = sizeOf(box.width, box.height);
  const place = (noise.measurement * size) ** 2;
  const speed = (noise.initialSpeed * size) ** 2;
  return {
    mean: [box.x + box.width / 2, 0, box.y + box.height / 2, 0, box.width, box.height],
    covariance: [place, 0, speed, place, 0, speed, place, place],
  };
}

/** Where the filter expects the face `seconds` later; 0 changes nothing. */
export function predictMotion(motion: Motion, seconds: number, noise: MotionNoise): Motion {
  const [cx, vx, cy, vy, width, height] = unpackMean(motion.mean);
  const [xx, xv, xvv, yy, yv, yvv, ww, hh] = unpackCovariance(motion.covariance);
  const size = sizeOf(width, height);
  const q = (noise.acceleration * size) ** 2;
  const grown = (noise.growth * size) ** 2 * seconds;
  const t = seconds;
  const ahead = (pp: number, pv: number, vv: number): [number, number, number] => [
    pp + 2 * t * pv + t * t * vv + (q * t ** 3) / 3,
    pv + t * vv + (q * t * t) / 2,
    vv + q * t,
  ];
  return {
    mean: [cx + vx * t, vx, cy + vy * t, vy, width, height],
    covariance: [...ahead(xx, xv, xvv), ...ahead(yy, yv, yvv), ww + grown, hh + grown],
  };
}

/** Takes a detected box into account. */
export function correctMotion(motion: Motion, box: Box, noise: MotionNoise): Motion {
  const [cx, vx, cy, vy, width, height] = unpackMean(motion.mean);
  const [xx, xv, xvv, yy, yv, yvv, ww, hh] = unpackCovariance(motion.covariance);
  const r = (noise.measurement * sizeOf(box.width, box.height)) ** 2;
  const x = correctMoving(cx, vx, xx, xv, xvv, box.x + box.width / 2, r);
  const y = correctMoving(cy, vy, yy, yv, yvv, box.y + box.height / 2, r);
  const w = ww / (ww + r);
  const h = hh / (hh + r);
  return {
    mean: [...x.mean, ...y.mean, width + w * (box.width - width), height + h * (box.height - height)],
    covariance: [...x.covariance, ...y.covariance, ww * (1 - w), hh * (1 - h)],
  };
}

/** The box that a filter stands for. */
export function boxOf(motion: Pick<Motion, 'mean'>): Box {
  const [cx, , cy, , width, height] = unpackMean(motion.mean);
  return { x: cx - width / 2, y: cy - height / 2, width, height };
}

function correctMoving(p: number, v: number, pp: number, pv: number, vv: number, measured: number, r: number): { mean: [number, number]; covariance: [number, number, number] } {
  const gainP = pp / (pp + r);
  const gainV = pv / (pp + r);
  const off = measured - p;
  return { mean: [p + gainP * off, v + gainV * off], covariance: [pp * (1 - gainP), pv * (1 - gainP), vv - gainV * pv] };
}

function sizeOf(width: number, height: number): number {
  return Math.max(1, Math.sqrt(Math.max(0, width) * Math.max(0, height)));
}

function unpackMean(mean: readonly number[]): [number, number, number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mean;
  return [a, b, c, d, e, f];
}

function unpackCovariance(covariance: readonly number[]): [number, number, number, number, number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = covariance;
  return [a, b, c, d, e, f, g, h];
}
