/** Charts of an evaluation as SVG, without scripts. Colours are the page's. */
import { html, trusted, type SafeHtml } from '../../verdicts/report/html.js';
import type { RocPoint } from '../curves.js';
import { fixed, frame, PLOT, thinned, x, y, type Mark } from './plot.js';

const TENTHS: readonly Mark[] = [0, 0.25, 0.5, 0.75, 1].map((at) => [at, String(at)]);

/** A curve of a chart: `style` 0 to 3 chooses colour and dashes. */
export interface Curve {
  readonly name: string;
  readonly points: readonly RocPoint[];
  readonly style: number;
}

/** Receiver operating characteristics. */
export function rocChart(curves: readonly Curve[]): SafeHtml {
  const path = ({ points }: Curve): string => thinned(points).map(({ falsePositiveRate, truePositiveRate }, i) => `${i === 0 ? 'M' : 'L'}${fixed(x(falsePositiveRate))} ${fixed(y(truePositiveRate))}`).join('');
  return frame('ROC curves', { x: 'real ones called forged', y: 'forged ones found' }, { x: TENTHS, y: TENTHS }, [
    html`<path class="chance" d="M${fixed(x(0))} ${fixed(y(0))}L${fixed(x(1))} ${fixed(y(1))}"/>`,
    curves.map((curve) => html`<path class="${trusted(`curve style-${curve.style}`)}" d="${trusted(path(curve))}"/>`),
  ]);
}

/** One bin of a reliability chart. */
export interface ReliabilityMark {
  readonly count: number;
  readonly meanProbability: number | null;
  readonly forgedShare: number | null;
}

/** What is claimed against what is so: a dot a bin, the larger the more things are in it. */
export function reliabilityChart(bins: readonly ReliabilityMark[]): SafeHtml {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const dots = bins.flatMap(({ count, meanProbability, forgedShare }) => {
    if (meanProbability === null || forgedShare === null) return [];
    const place = { x: fixed(x(meanProbability)), y: fixed(y(forgedShare)) };
    return [html`<path class="gap" d="M${place.x} ${fixed(y(meanProbability))}V${place.y}"/><circle class="dot" cx="${place.x}" cy="${place.y}" r="${fixed(2.5 + 5 * Math.sqrt(count / most))}"><title>${count} at a mean of ${meanProbability.toFixed(3)}: ${(100 * forgedShare).toFixed(1)} % forged</title></circle>`];
  });
  return frame('Reliability', { x: 'probability that was said', y: 'share that is forged' }, { x: TENTHS, y: TENTHS }, [html`<path class="chance" d="M${fixed(x(0))} ${fixed(y(0))}L${fixed(x(1))} ${fixed(y(1))}"/>`, dots]);
}

const HISTOGRAM_BINS = 20;

/** Scores of real ones and forged ones, each as shares of their own. */
export function histogram(real: readonly number[], forged: readonly number[], thresholds: { readonly forgedAt: number; readonly authenticAt: number }): SafeHtml {
  const shares = (scores: readonly number[]): readonly number[] => {
    const counts = Array.from({ length: HISTOGRAM_BINS }, () => 0);
    for (const score of scores) {
      const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor(score * HISTOGRAM_BINS));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count) => (scores.length === 0 ? 0 : count / scores.length));
  };
  const sides = [shares(real), shares(forged)] as const;
  const top = Math.max(0.01, ...sides.flat());
  const bars = (values: readonly number[], tone: string, side: number): SafeHtml[] =>
    values.flatMap((value, bin) => {
      if (value === 0) return [];
      const width = PLOT.width / HISTOGRAM_BINS / 2 - 0.75;
      const height = (value / top) * PLOT.height;
      return [html`<rect class="${trusted(`bar ${tone}`)}" x="${fixed(x(bin / HISTOGRAM_BINS) + side * (width + 0.5) + 0.5)}" y="${fixed(y(0) - height)}" width="${fixed(width)}" height="${fixed(height)}"/>`];
    });
  const line = (at: number, tone: string): SafeHtml => html`<path class="${trusted(`threshold ${tone}`)}" d="M${fixed(x(at))} ${fixed(y(1))}V${fixed(y(0))}"/>`;
  const marks: readonly Mark[] = [0, 0.5, 1].map((at) => [at, `${Math.round(100 * at * top)} %`]);
  return frame('Scores', { x: 'probability', y: 'share of its class' }, { x: TENTHS, y: marks }, [bars(sides[0], 'authentic', 0), bars(sides[1], 'forged', 1), line(thresholds.forgedAt, 'forged'), line(thresholds.authenticAt, 'authentic')]);
}

/** A value by steps with its interval, as {@link stepChart} draws it. */
export interface Step {
  readonly name: string;
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
}

/** A value that changes by steps: AUC against quality. The vertical axis goes from 0.3, where it matters, to 1. */
export function stepChart(title: string, axis: string, steps: readonly Step[]): SafeHtml {
  const low = Math.min(0.4, ...steps.flatMap(({ interval, value }) => interval?.[0] ?? value ?? []));
  const bottom = Math.max(0, Math.floor(low * 10) / 10);
  const at = (value: number): number => (value - bottom) / (1 - bottom);
  const place = (i: number): number => (i + 0.5) / steps.length;
  const marks: readonly Mark[] = Array.from({ length: Math.round((1 - bottom) * 10) + 1 }, (_, i) => bottom + i / 10).filter((_, i, all) => all.length < 7 || i % 2 === (all.length - 1) % 2).map((value) => [at(value), value.toFixed(1)]);
  const known = steps.flatMap(({ value }, i) => (value === null ? [] : [`${fixed(x(place(i)))} ${fixed(y(at(value)))}`]));
  return frame(title, { x: axis, y: 'video AUC' }, { x: steps.map(({ name }, i) => [place(i), name]), y: marks }, [
    html`<path class="chance" d="M${fixed(x(0))} ${fixed(y(at(0.5)))}H${fixed(x(1))}"/>`,
    steps.map(({ interval }, i) => interval !== null && html`<path class="gap" d="M${fixed(x(place(i)))} ${fixed(y(at(interval[0])))}V${fixed(y(at(interval[1])))}"/>`),
    html`<path class="curve style-0" d="${trusted(known.length === 0 ? '' : `M${known.join('L')}`)}"/>`,
    steps.map(({ value }, i) => value !== null && html`<circle class="dot" cx="${fixed(x(place(i)))}" cy="${fixed(y(at(value)))}" r="3.5"><title>${value.toFixed(3)}</title></circle>`),
  ]);
}
