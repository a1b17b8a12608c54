/** A chart of values that change over steps: curves, the band that they scatter in, single places that stand out. */
import { html, trusted, type SafeHtml } from '../../verdicts/report/html.js';
import { fixed, frame, thinned, x, y, type Mark } from './plot.js';

/** A step and a value. */
export type Place = readonly [step: number, value: number];

/** One curve; `style` 0 to 3 chooses colour and dashes. */
export interface LineCurve {
  readonly name: string;
  readonly style: number;
  readonly points: readonly Place[];
  /** Drawn below it: the least and the greatest value around each step. */
  readonly band?: readonly (readonly [step: number, low: number, high: number])[];
}

/** What a chart shows. */
export interface LineChart {
  readonly title: string;
  readonly axis: string;
  readonly curves: readonly LineCurve[];
  /** Step that the horizontal axis goes to, from 0. */
  readonly until: number;
  /** A place that is marked, with what it is. */
  readonly marked?: { readonly at: Place; readonly about: string };
  /** Ends of the vertical axis beyond which it does not go, where the values have such. */
  readonly within?: readonly [low: number, high: number];
  /** Magnitudes alike where values span more than two of them and are all above 0. */
  readonly logarithmic?: boolean;
}

/** Marks that an axis has about, between its ends. */
const ABOUT_MARKS = 5;

/** The 1, 2 or 5 times a power of ten that cuts a range into about so many pieces. */
function niceStep(range: number): number {
  const raw = range / ABOUT_MARKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
}

/** As few digits as tell neighbours apart. @param largest - of the axis: all its marks are written alike */
function markText(value: number, step: number, largest: number): string {
  if (value === 0) return '0';
  if (largest < 1e-2 || largest >= 1e6) return value.toExponential().replace(/(\.\d{2})\d+/, '$1').replace('e+', 'e').replace('-', '−');
  return value.toFixed(Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)))).replace('-', '−');
}

/** A scale: where a value is on the axis, as a share of it, and the marks of the axis. */
interface Scale {
  readonly at: (value: number) => number;
  readonly marks: readonly Mark[];
}

function linear(low: number, high: number): Scale {
  const at = (value: number): number => (value - low) / (high - low);
  const step = niceStep(high - low);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return { at, marks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step).map((value) => [at(value), markText(value, step, Math.max(Math.abs(low), Math.abs(high)))]) };
}

function logarithmic(low: number, high: number): Scale {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.ceil((to - from) / ABOUT_MARKS);
  const marks = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((power) => (power - from) % every === 0);
  return { at: (value) => (Math.log10(value) - from) / (to - from), marks: marks.map((power) => [(power - from) / (to - from), markText(10 ** power, 10 ** power, 10 ** power)]) };
}

/** The vertical axis: a little more than the values, and nothing that they cannot be. */
function verticalScale(values: readonly number[], { within, logarithmic: magnitudes }: LineChart): Scale {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (magnitudes === true && low > 0 && high / low > 100) return logarithmic(low, high);
  const room = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.1, 1e-6);
  const [floor, ceiling] = within ?? [low >= 0 ? 0 : -Infinity, Infinity];
  return linear(Math.max(floor, low - room), Math.min(ceiling, high + room));
}

/** The chart; null without a point. Points without a finite value are left out. */
export function lineChart(chart: LineChart): SafeHtml | null {
  const curves = chart.curves.map((curve) => ({ ...curve, points: curve.points.filter(([, value]) => Number.isFinite(value)) })).filter(({ points }) => points.length > 0);
  const places = curves.flatMap(({ points, band = [] }) => [...points, ...band.flatMap(([step, low, high]): Place[] => [[step, low], [step, high]])]);
  if (places.length === 0) return null;
  const vertical = verticalScale(places.map(([, value]) => value), chart);
  const horizontal = linear(0, Math.max(1, chart.until));
  const place = ([step, value]: Place): string => `${fixed(x(horizontal.at(step)))} ${fixed(y(vertical.at(value)))}`;
  const line = (points: readonly Place[]): string => points.map((point, i) => `${i === 0 ? 'M' : 'L'}${place(point)}`).join('');
  const area = (band: NonNullable<LineCurve['band']>): string => `${line(band.map(([step, , high]) => [step, high]))}${[...band].reverse().map(([step, low]) => `L${place([step, low])}`).join('')}Z`;
  // A single point has no line, and is not to be overlooked.
  const dots = ({ points, style }: LineCurve): readonly SafeHtml[] => (points.length > 1 ? [] : points.map(([step, value]) => html`<circle class="${trusted(`spot style-${style}`)}" cx="${fixed(x(horizontal.at(step)))}" cy="${fixed(y(vertical.at(value)))}" r="3"/>`));
  const { marked } = chart;
  return frame(chart.title, { x: 'step', y: chart.axis }, { x: horizontal.marks, y: vertical.marks }, [
    curves.map(({ band }) => band !== undefined && band.length > 1 && html`<path class="band" d="${trusted(area(band))}"/>`),
    curves.map((curve) => html`<path class="${trusted(`curve style-${curve.style}`)}" d="${trusted(line(thinned(curve.points)))}"/>${dots(curve)}`),
    marked !== undefined && html`<circle class="best" cx="${fixed(x(horizontal.at(marked.at[0])))}" cy="${fixed(y(vertical.at(marked.at[1])))}" r="4.5"><title>${marked.about}</title></circle>`,
  ]);
}
