/** What all charts have: a picture with axes, and names below it. SVG without scripts; colours are the page's. */
import { html, trusted, type HtmlValue, type SafeHtml } from '../../verdicts/report/html.js';

/** The plot inside its picture, in units of the picture. */
export const PLOT = { left: 52, top: 10, width: 296, height: 236 } as const;
const PICTURE = { width: 360, height: 290 } as const;

/** Most points of a drawn curve: a curve through more looks the same. */
const MOST_POINTS = 400;

/** A coordinate. */
export const fixed = (value: number): string => value.toFixed(1);
/** Where a share of the horizontal axis is. */
export const x = (share: number): number => PLOT.left + share * PLOT.width;
/** Where a share of the vertical axis is. */
export const y = (share: number): number => PLOT.top + (1 - share) * PLOT.height;

/** Marks on an axis: where, as a share of it, and what stands there. */
export type Mark = readonly [at: number, text: string];

/** Axes, grid and their names around what is drawn. */
export function frame(title: string, names: { readonly x: string; readonly y: string }, marks: { readonly x: readonly Mark[]; readonly y: readonly Mark[] }, inner: HtmlValue): SafeHtml {
  return html`<svg class="chart" viewBox="0 0 ${PICTURE.width} ${PICTURE.height}" role="img" aria-label="${title}">
${marks.y.map(([at]) => html`<path class="grid" d="M${fixed(x(0))} ${fixed(y(at))}H${fixed(x(1))}"/>`)}
${inner}
<path class="frame" d="M${fixed(x(0))} ${fixed(y(1))}V${fixed(y(0))}H${fixed(x(1))}"/>
${marks.y.map(([at, text]) => html`<text x="${fixed(PLOT.left - 6)}" y="${fixed(y(at) + 4)}" text-anchor="end">${text}</text>`)}
${marks.x.map(([at, text]) => html`<text x="${fixed(x(at))}" y="${fixed(y(0) + 16)}" text-anchor="middle">${text}</text>`)}
<text x="${fixed(x(0.5))}" y="${fixed(PICTURE.height - 6)}" text-anchor="middle">${names.x}</text>
<text transform="translate(11 ${fixed(y(0.5))}) rotate(-90)" text-anchor="middle">${names.y}</text>
</svg>`;
}

/** Every so manieth point of too many, the first and the last among them. */
export function thinned<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * step)]).flatMap((point) => point ?? []);
}

/** Names of curves, each beside a piece of it. */
export function legend(curves: readonly { readonly name: string; readonly style: number }[]): SafeHtml {
  return html`<figcaption><ul class="legend">${curves.map(({ name, style }) => html`<li><svg viewBox="0 0 26 8" aria-hidden="true"><path class="${trusted(`style-${style}`)}" d="M0 4H26"/></svg>${name}</li>`)}</ul></figcaption>`;
}
