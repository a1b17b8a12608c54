/** The page of a training in a real browser. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { renderTraining, type TrainingStanding } from '../../../src/training/train/page.js';
import type { HistoryRecord } from '../../../src/training/train/history.js';
import { beyondTheEdge, launch, lowContrast, openPage, widths } from '../../verdicts/browser.js';
import { TINY, tinyConfig } from './tiny.js';

const HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>';
const EVERY = 100;
const BEST = 600;

/** A loss that halves every 200 steps, with scatter, and a validation AUC that is best after step 600. */
function records(steps: number): readonly HistoryRecord[] {
  return Array.from({ length: steps }, (_, i): readonly HistoryRecord[] => {
    const step = i + 1;
    const loss = 2 ** -(step / 200) + 0.05 * Math.sin(step * step);
    const record: HistoryRecord = { step, loss, parts: { frame: loss / 2, localiser: loss / 4 }, rate: 10 ** -(2 + step / 200), gradientNorm: 3 + Math.cos(step) };
    if (step % EVERY !== 0) return [record];
    const auc = 0.9 - Math.abs(step - BEST) / 2000;
    return [record, { step, validation: { auc, bySource: { easy: auc + 0.05, hard: auc - 0.2, [HOSTILE]: auc - 0.1 }, loss: loss + 0.1, items: 1280, best: step <= BEST } }];
  }).flat();
}

function pageOf(standing: TrainingStanding): string {
  const base = tinyConfig();
  const config = { ...base, schedule: { kind: 'constant' as const, steps: 1000, warmup: 0 }, output: { ...base.output, name: 'tiny', description: HOSTILE } };
  const opened = { network: TINY, shape: TINY, executor: { executor: 'tensorflow-cpu' }, files: [{ file: `${HOSTILE}.jsonl`, sha256: 'ab'.repeat(32) }] };
  return renderTraining({ loaded: { config, digest: 'cd'.repeat(32) }, opened, command: 'framewitness train --config tiny.yaml', software: 'framewitness test' }, standing);
}

let browser: Browser;
let folder: string;
let url: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framewitness-training-page-'));
  url = pathToFileURL(join(folder, 'training.html')).href;
  await writeFile(join(folder, 'training.html'), pageOf({ step: 1000, seconds: 400, resumed: 2, history: { records: records(1000) }, ended: 'complete' }));
  browser = await launch();
});
after(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

/** Box of the first element that matches, in units of its picture, whose plot goes from 52 to 348 and from 246 up to 10. */
function inPicture(page: Page, selector: string): Promise<{ readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }> {
  return page.evaluate(`(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBBox(); return { left: x, right: x + width, top: y, bottom: y + height }; })()`);
}

for (const width of [1280, 390]) {
  test(`at ${width} pixels nothing overflows, fails or leaves the page, in both schemes and without scripts`, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, trouble } = await openPage(browser, url, { width, colorScheme });
      await page.locator('summary').click();
      const [scrollWidth, innerWidth] = await widths(page);
      assert.ok(scrollWidth <= innerWidth, `${scrollWidth} > ${innerWidth}`);
      assert.deepEqual(await beyondTheEdge(page), []);
      assert.deepEqual(await lowContrast(page), []);
      assert.deepEqual(trouble, []);
      assert.equal(await page.evaluate('document.scripts.length'), 0);
      await page.context().close();
    }
  });
}

test('curves go where the numbers go, and the ring is at the best validation', async () => {
  const { page } = await openPage(browser, url, { width: 1280, colorScheme: 'light' });
  const charts = await page.evaluate<readonly string[]>(`[...document.querySelectorAll('svg.chart')].map((chart) => chart.getAttribute('aria-label'))`);
  assert.deepEqual(charts, ['Validation AUC', 'Loss', 'Loss: frame', 'Loss: localiser', 'Learning rate', 'Norm of the gradients']);
  const auc = await inPicture(page, '[aria-label="Validation AUC"] .style-0');
  // From the validation after step 100 to the one after step 1000, on an axis from 0 to 1000.
  assert.deepEqual([auc.left, auc.right].map(Math.round), [52 + 29.6, 52 + 296].map(Math.round));
  const ring = await inPicture(page, '[aria-label="Validation AUC"] .best');
  assert.equal(Math.round((ring.left + ring.right) / 2), Math.round(52 + 0.6 * 296));
  assert.ok(Math.abs((ring.top + ring.bottom) / 2 - auc.top) < 1, 'the ring is on the top of the curve');
  // Two magnitudes and a half of the rate fill a logarithmic axis from 1e−7 to 1e−2 as a straight line.
  const rate = await page.locator('[aria-label="Learning rate"] .style-0').getAttribute('d');
  const places = [...(rate ?? '').matchAll(/([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
  const slopes = places.slice(1).map(([x, y], i) => (y - places[i]![1]) / (x - places[i]![0]));
  assert.ok(Math.max(...slopes) - Math.min(...slopes) < 0.2, `${Math.min(...slopes)} to ${Math.max(...slopes)}`);
  const loss = await inPicture(page, '[aria-label="Loss"] .style-0');
  const band = await inPicture(page, '[aria-label="Loss"] .band');
  assert.ok(band.top < loss.top && band.bottom > loss.bottom, 'single steps scatter more than their means');
  await page.context().close();
});

test('the page says how far the training is, which weights are the best and what made them', async () => {
  const { page } = await openPage(browser, url, { width: 1280, colorScheme: 'light', javaScriptEnabled: false });
  const text = await page.locator('body').innerText();
  for (const part of ['Validation AUC 0.900 after step 600', '1,000 of 1,000', '6 min 40 s', '20.0', '2 times', 'All steps are done.', 'hard', '600 best', HOSTILE, 'framewitness train --config tiny.yaml', `sha256:${'cd'.repeat(32)}`, 'tensorflow-cpu']) assert.ok(text.includes(part), part);
  assert.match((await page.locator('pre.configuration').textContent()) ?? '', /\noptimiser:\n {2}kind: adam\n {2}rate: 0\.01\n/);
  await page.context().close();
});

test('a training that has just begun has a page too, and one that runs says how long it will take', () => {
  const begun = pageOf({ step: 0, seconds: 0, resumed: 0, history: { records: [] }, ended: 'interrupted' });
  assert.match(begun, /No validation yet, step 0 of 1,000/);
  assert.doesNotMatch(begun, /NaN|Infinity|svg class="chart"/);
  const one = pageOf({ step: 1, seconds: 2, resumed: 0, history: { records: records(1) }, ended: 'interrupted' });
  assert.match(one, /circle class="spot style-0"/);
  assert.doesNotMatch(one, /NaN|Infinity/);
  assert.match(pageOf({ step: 250, seconds: 100, resumed: 0, history: { records: records(250) } }), /Under way: .*5 min 00 s<\/dd>/s);
});
