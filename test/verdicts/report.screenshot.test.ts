import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { renderReport } from '../../src/verdicts/report/render.js';
import { beyondTheEdge, launch, lowContrast, openPage, stripLetters, widths, type Opened } from './browser.js';
import { interview, landscape, makeStream } from './records.js';

const HOSTILE = `<script>document.title='owned'</script><img src=x onerror=alert(1)> "quoted" 'single' \u202Egpj.exe\nline two`;
const LONG = 'a'.repeat(1000);

let browser: Browser;
let folder: string;
let url: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framewitness-report-'));
  const calm = (stream: string): ReturnType<typeof makeStream> => makeStream({ stream, segments: 4, people: [{ id: 1, from: 0, to: 3, level: () => 0.1 }] });
  const page = await renderReport({
    verdicts: [...(await interview()), ...(await landscape()), ...(await calm(HOSTILE)), ...(await calm(LONG))],
    cards: [{ name: 'face-frames', description: `${HOSTILE} ${LONG}`, metrics: [{ name: 'AUC', value: 0.9, data: 'w'.repeat(300), command: 'npm run evaluate -- --a-long-flag --another-long-flag' }], limits: [LONG] }],
    errors: [{ input: HOSTILE, code: 'FW_INPUT_NOT_MEDIA', message: `No container in ${HOSTILE}`, fix: 'Pass a video.' }],
    title: LONG,
  });
  url = pathToFileURL(join(folder, 'report.html')).href;
  await writeFile(join(folder, 'report.html'), page);
  browser = await launch();
});

after(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

const open = (width: number, colorScheme: 'light' | 'dark', javaScriptEnabled = true): Promise<Opened> => openPage(browser, url, { width, colorScheme, javaScriptEnabled });

/** Pixels within a small distance of a colour, in a screenshot of the first element that matches. */
async function pixelsNear(page: Page, selector: string, colors: Readonly<Record<string, readonly [number, number, number]>>): Promise<Record<string, number>> {
  const { data } = await sharp(await page.locator(selector).first().screenshot()).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const counts = Object.fromEntries(Object.keys(colors).map((name) => [name, 0]));
  for (let i = 0; i < data.length; i += 3) {
    for (const [name, [r, g, b]] of Object.entries(colors)) {
      if (Math.abs(data[i]! - r) + Math.abs(data[i + 1]! - g) + Math.abs(data[i + 2]! - b) < 24) counts[name]! += 1;
    }
  }
  return counts;
}

for (const width of [1280, 390]) {
  test(`at ${width} pixels nothing overflows, fails or leaves the page`, async () => {
    const { page, trouble } = await open(width, 'light');
    const [scrollWidth, innerWidth] = await widths(page);
    assert.ok(scrollWidth <= innerWidth, `${scrollWidth} > ${innerWidth}`);
    assert.deepEqual(await beyondTheEdge(page), []);
    assert.deepEqual(trouble, []);
    assert.equal(await page.evaluate('document.scripts.length'), 0);
    assert.equal(await page.evaluate('[...document.images].filter((i) => i.naturalWidth === 0).length'), 0, 'every thumbnail decodes');
    await page.context().close();
  });

  test(`at ${width} pixels the timeline shows the three verdicts, in colour, letter and pattern`, async () => {
    const { page } = await open(width, 'light');
    const colors = { forged: [181, 58, 6], authentic: [26, 97, 168], hatch: [154, 160, 166] } as const;
    const strip = await pixelsNear(page, '.strip', colors);
    for (const [name, n] of Object.entries(strip)) assert.ok(n > 40, `strip: ${n} pixels of ${name}`);
    const canvas = await pixelsNear(page, '.canvas', { forged: colors.forged, authentic: colors.authentic, inconclusive: [93, 100, 108] });
    for (const [name, n] of Object.entries(canvas)) assert.ok(n > 60, `plot: ${n} pixels of ${name}`);
    assert.equal(await stripLetters(page), 'AAAA?AFFFFFF');
    await page.context().close();
  });
}

test('text has enough contrast, in both schemes', async () => {
  for (const scheme of ['light', 'dark'] as const) {
    const { page } = await open(1280, scheme);
    assert.deepEqual(await lowContrast(page), [], scheme);
    await page.context().close();
  }
});

test('the contrast measure finds what it should', async () => {
  const { page } = await open(1280, 'light');
  await page.evaluate(`document.querySelector('h1').setAttribute('style', 'color:#bbb')`);
  assert.equal((await lowContrast(page)).length, 1);
  await page.context().close();
});

test('without scripts the whole content is there', async () => {
  const { page, trouble } = await open(390, 'dark', false);
  const text = await page.locator('body').innerText();
  for (const part of ['Faces judged forged in 1 of 4 streams', 'interview.mp4', 'Track 1', 'Every frame and face accounted for', 'What this says and does not say', 'Evidence, not proof', 'FW_INPUT_NOT_MEDIA', 'hash chain of this stream was verified']) {
    assert.ok(text.includes(part), part);
  }
  assert.deepEqual(trouble, []);
  await page.locator('summary').first().click();
  assert.ok(await page.locator('details table').first().isVisible(), 'details open without scripts');
  await page.context().close();
});

test('a hostile name is shown as text and does nothing', async () => {
  const { page, trouble } = await open(1280, 'light');
  const shown = await page.locator('h2 bdi.name').allInnerTexts();
  assert.ok(shown.some((t) => t.startsWith("<script>document.title='owned'</script>") && t.includes('⟨U+202E⟩') && t.includes('⟨U+000A⟩')), shown.join('\n'));
  assert.ok(shown.some((t) => /^a+…a+$/.test(t) && t.length < 120));
  assert.ok((await page.title()).startsWith('Faces judged forged'));
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test('the policy holds: a script that got into the page would not run', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const html = (await renderReport({ verdicts: [] })).replace('</main>', `</main><script>document.title='owned'</script>`);
  await writeFile(join(folder, 'injected.html'), html);
  await page.goto(pathToFileURL(join(folder, 'injected.html')).href);
  assert.notEqual(await page.title(), 'owned');
  await context.close();
});
