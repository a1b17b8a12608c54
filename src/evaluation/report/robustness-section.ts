/** AUC against quality: a chart a kind of worsening, and the figures. */
import { html, type SafeHtml } from '../../verdicts/report/html.js';
import { formatCount } from '../../verdicts/words.js';
import type { EvaluationRecord } from '../record-schema.js';
import { stepsByKind } from '../robustness.js';
import { stepChart } from './charts.js';
import { number, stackedTable, valueHtml } from './tables.js';

const AXES: Readonly<Partial<Record<string, string>>> = {
  x264: 'constant rate factor of H.264',
  jpeg: 'JPEG quality',
  resize: 'share of each side that is kept',
  blur: 'deviation of the blur, pixels',
  noise: 'deviation of the noise, grey levels',
};

/** The section; null without a sweep. */
export function robustnessSection({ robustness }: EvaluationRecord): SafeHtml | null {
  if (robustness === undefined) return null;
  const figures = [...stepsByKind(robustness)].map(
    ([kind, steps]) => html`<figure><p>${kind}</p>${stepChart(`AUC by ${kind}`, AXES[kind] ?? kind, steps.map(({ value, video }) => ({ name: value === null ? 'as is' : String(value), value: video.auc, interval: video.auc95 })))}</figure>`,
  );
  const rows = robustness.map((step) => [step.variant, `${formatCount(step.video.real)} + ${formatCount(step.video.forged)}`, valueHtml(step.video.auc, step.video.auc95), number(step.frame.auc), formatCount(step.unscored)]);
  return html`<section class="part" id="robustness"><h2>Robustness</h2><div class="charts">${figures}</div>
<p class="note">All files, made worse by ffmpeg and evaluated alike; upright lines are 95 % intervals. The dashed line is chance. Videos in which nothing was found any more are counted, and treated as the convention says.</p>
${stackedTable('Worse copies', [['', false], ['real + forged', true], ['Video AUC', true], ['Frame AUC', true], ['Not scored', true]], rows)}</section>`;
}
