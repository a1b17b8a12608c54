/**
 * Platt scaling: probability = sigmoid(scale × log-odds + offset), by maximum likelihood with Platt's targets (Platt,
 * "Probabilistic outputs for support vector machines", 1999, section 2.2), which keep separable scores from a scale without end.
 * Temperature scaling (Guo et al., "On calibration of modern neural networks", 2017) is the same with the offset at 0.
 */
import { FramewitnessError } from '../domain/errors.js';

/** One scored thing. */
export interface CalibrationPoint {
  readonly logOdds: number;
  /** 1 = forged. */
  readonly label: 0 | 1;
  readonly weight: number;
}

/** What is fitted. */
export interface PlattScaling {
  readonly scale: number;
  readonly offset: number;
}

/** How it is fitted. */
export interface PlattOptions {
  readonly method: 'platt' | 'temperature';
  /** Independent things of each class (videos, not frames): Platt's targets go by them. */
  readonly real: number;
  readonly forged: number;
}

const STEPS = 100;
const TOLERANCE = 1e-10;
/** Below it the scores say nothing, or the opposite. */
const LEAST_SCALE = 0.01;

/** −ln likelihood of a target under log-odds z, without overflow. */
const lossOf = (z: number, target: number): number => Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)));

/**
 * Fits by Newton's method, halving steps that do not help.
 *
 * @throws FramewitnessError FW_CALIBRATION when a class is missing, or the scores do not rise with forgery
 */
export function fitPlatt(points: readonly CalibrationPoint[], { method, real, forged }: PlattOptions): PlattScaling {
  if (real === 0 || forged === 0) throw new FramewitnessError('FW_CALIBRATION', `there is no scored ${real === 0 ? 'real' : 'forged'} video to fit on`);
  const targets = [1 / (real + 2), (forged + 1) / (forged + 2)] as const;
  const free = method === 'platt';
  const loss = (scale: number, offset: number): number => points.reduce((sum, { logOdds, label, weight }) => sum + weight * lossOf(scale * logOdds + offset, targets[label]), 0);
  let [scale, offset] = [1, 0];
  let current = loss(scale, offset);
  for (let step = 0; step < STEPS; step++) {
    let [gradientScale, gradientOffset, scaleScale, scaleOffset, offsetOffset] = [0, 0, 1e-12, 0, 1e-12];
    for (const { logOdds, label, weight } of points) {
      const p = 1 / (1 + Math.exp(-(scale * logOdds + offset)));
      const [slope, curve] = [weight * (p - targets[label]), weight * p * (1 - p)];
      gradientScale += slope * logOdds;
      gradientOffset += slope;
      scaleScale += curve * logOdds * logOdds;
      scaleOffset += curve * logOdds;
      offsetOffset += curve;
    }
    const determinant = scaleScale * offsetOffset - scaleOffset * scaleOffset;
    const [moveScale, moveOffset] = free && determinant > 1e-15 ? [(offsetOffset * gradientScale - scaleOffset * gradientOffset) / determinant, (scaleScale * gradientOffset - scaleOffset * gradientScale) / determinant] : [gradientScale / scaleScale, 0];
    let part = 1;
    let next = loss(scale - moveScale, offset - moveOffset);
    while (next > current && part > 1e-6) {
      part /= 2;
      next = loss(scale - part * moveScale, offset - part * moveOffset);
    }
    const gain = current - next;
    if (!(gain > 0)) break;
    [scale, offset, current] = [scale - part * moveScale, offset - part * moveOffset, next];
    if (gain < TOLERANCE * Math.abs(current)) break;
  }
  if (!(scale >= LEAST_SCALE)) throw new FramewitnessError('FW_CALIBRATION', `the scores do not rise with forgery (fitted scale ${scale.toFixed(4)}): no calibration makes probabilities of them`);
  const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
  return { scale: rounded(scale), offset: free ? rounded(offset) : 0 };
}

/** One scaling after another, as one. */
export function composed(first: PlattScaling, second: PlattScaling): PlattScaling {
  return { scale: first.scale * second.scale, offset: second.scale * first.offset + second.offset };
}
