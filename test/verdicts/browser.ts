/** A real headless browser for tests, and what is measured in it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Path of the browser: `CHROMIUM_PATH`, else the first known name on PATH. */
export function findChromium(): string {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') return given;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        continue;
      }
    }
  }
  throw new Error('No Chromium was found, and the report is tested in a real one: run `npm run setup`, or set CHROMIUM_PATH.');
}

/** Starts the browser without anything that would use the network on its own. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page in a window. */
export interface Opened {
  readonly page: Page;
  /** Console errors, page errors, and addresses that were asked for, apart from the page itself and data. */
  readonly trouble: readonly string[];
}

/** How a page is looked at. */
export interface Look {
  /** Pixels. */
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
  /** Default: true. */
  readonly javaScriptEnabled?: boolean;
}

/** Opens a page in a window of its own, and notes what goes wrong in it. */
export async function openPage(browser: Browser, url: string, { width, colorScheme, javaScriptEnabled = true }: Look): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (m) => {
    if (m.type() === 'error') trouble.push(m.text());
  });
  page.on('pageerror', (e) => {
    trouble.push(e.message);
  });
  page.on('dialog', async (d) => {
    trouble.push(`dialog ${d.message()}`);
    await d.dismiss();
  });
  page.on('request', (r) => {
    if (r.url() !== url && !r.url().startsWith('data:')) trouble.push(r.url());
  });
  await page.goto(url, { waitUntil: 'load' });
  return { page, trouble };
}

/** One text in the page whose contrast is below the bound of WCAG 2.2, success criterion 1.4.3. */
export interface LowContrast {
  readonly text: string;
  readonly ratio: number;
}

// What runs in the page is given as text: the project's own code is compiled without the browser's types, and should be.
const CONTRAST = `(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * (top[3] ?? 1) + under[i] * (1 - (top[3] ?? 1)));
  const backgroundOf = (element) => (element === null ? [255, 255, 255] : over(parse(getComputedStyle(element).backgroundColor), (parse(getComputedStyle(element).backgroundColor)[3] ?? 1) >= 1 ? [0, 0, 0] : backgroundOf(element.parentElement)));
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text === '' || element.closest('svg') !== null || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const background = backgroundOf(element);
    const [a, b] = [luminance(over(parse(style.color), background)), luminance(background)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) low.push({ text: text.slice(0, 60), ratio: Math.round(ratio * 100) / 100 });
  }
  return low;
})()`;

/** Texts with too little contrast: 4.5 to 1, or 3 to 1 for large ones; colours as computed, backgrounds through parents. */
export function lowContrast(page: Page): Promise<readonly LowContrast[]> {
  return page.evaluate<readonly LowContrast[]>(CONTRAST);
}

/** Width of the document and of the window, in pixels. */
export function widths(page: Page): Promise<readonly [number, number]> {
  return page.evaluate<readonly [number, number]>('[document.documentElement.scrollWidth, window.innerWidth]');
}

/** Beginnings of the elements that reach beyond the right edge, apart from those in a box that scrolls. */
export function beyondTheEdge(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(
    `[...document.querySelectorAll('h1,h2,h3,h4,p,li,dd,figure,img,svg,summary')].filter((e) => e.closest('.scroll') === null && e.getBoundingClientRect().right > window.innerWidth + 1).map((e) => e.outerHTML.slice(0, 120))`,
  );
}

/** The visible letters of the first verdict strip, joined. */
export function stripLetters(page: Page): Promise<string> {
  return page.evaluate<string>(`[...document.querySelector('.strip').querySelectorAll('b')].filter((b) => b.getClientRects().length > 0).map((b) => b.textContent).join('')`);
}
