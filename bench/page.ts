import { chromium, type Browser } from '@playwright/test';
import { findChromium } from '../scripts/lib/chromium.mjs';
import type { openHost } from './host.ts';
import { defineMany, machines } from './many.ts';
import type { Comparison } from './measure.ts';

/** How long a page may take, ms: nothing is measured that takes longer. */
const deadline = 60_000;

const title = `${machines} defined machines`;

/** Notes when the first element of a selector is drawn, ms since the epoch. Runs in the page, before its own scripts. */
const noteWhenDrawn = (selector: string): void => {
  const look = () => {
    if (document.querySelector(selector) === null) return;
    observer.disconnect();
    requestAnimationFrame(() => Object.assign(globalThis, { drawnAt: performance.timeOrigin + performance.now() }));
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
};

/** From the address to the element, in a profile that has never seen the page. ms. */
const timeTo = async (browser: Browser, url: string, selector: string): Promise<number> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(noteWhenDrawn, selector);
    const from = Date.now();
    await page.goto(url, { waitUntil: 'commit', timeout: deadline });
    const drawn = await page.waitForFunction(() => (globalThis as { drawnAt?: number }).drawnAt, undefined, { timeout: deadline });
    return ((await drawn.jsonValue()) ?? Number.NaN) - from;
  } finally {
    await context.close();
  }
};

/** Types each of the words at once and waits until the list shows as many machines as it should. Runs in the page. @returns ms of each */
const filterBy = async (wanted: readonly (readonly [words: string, found: number])[]): Promise<number[]> => {
  const field = document.querySelector<HTMLInputElement>('input[aria-label="Filter machines"]');
  if (field === null) throw new Error('the page has no filter');
  const times: number[] = [];
  for (const [words, found] of wanted) {
    const drawn = Promise.withResolvers<void>();
    const look = () => {
      if (document.querySelector('.page-header p')?.textContent?.startsWith(`${found} of `) !== true) return;
      observer.disconnect();
      requestAnimationFrame(() => drawn.resolve());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, characterData: true });
    const from = performance.now();
    // By the prototype's setter, as typing does it: React has replaced the field's own.
    Reflect.set(HTMLInputElement.prototype, 'value', words, field);
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await drawn.promise;
    times.push(performance.now() - from);
  }
  return times;
};

/** What is typed, and how many of `bench-many-0` to `bench-many-999` have it in their names. */
const typed = [
  ['bench-many-9', 111],
  ['bench-many-99', 11],
  ['bench-many-1', 111],
  ['bench-many-12', 11],
  ['bench-many-123', 1],
  ['many-77', 11],
] as const;

/** The window in Chromium over a thousand machines beside the same build with an empty list, in turn; and its filter. */
export async function measurePage(open: typeof openHost, runs: number): Promise<Comparison[]> {
  const executablePath = findChromium();
  if (executablePath === undefined) return [missing('not measured: no Chromium that can be driven is installed')];
  await using none = await open();
  await using many = await open([], defineMany);
  const browser = await chromium.launch({
    executablePath,
    // The bench ends everything itself.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const full: number[] = [];
    const empty: number[] = [];
    for (let index = -1; index < runs; index += 1) {
      const without = await timeTo(browser, none.url, '.empty-state');
      const withThem = await timeTo(browser, many.url, '.machine-table tr[data-row]');
      if (index < 0) continue; // the first of each warms the caches
      empty.push(without);
      full.push(withThem);
    }
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(many.url);
    await page.locator('.machine-table tr[data-row]').first().waitFor({ timeout: deadline });
    await page.evaluate(filterBy, typed); // warms what is compiled
    const filtered = await page.evaluate(filterBy, typed);
    return [
      {
        title: `${title}: the address to a list in Chromium`,
        unit: 'ms',
        ours: { name: 'with them', samples: full },
        others: [{ name: 'an empty list', samples: empty }],
        targets: [{ against: 'an empty list', most: 1.5 }],
        atMost: 1000,
      },
      {
        title: `${title}: the filter, keystroke to frame`,
        unit: 'ms',
        ours: { name: 'in the page', samples: filtered },
        others: [],
        atMost: 50,
      },
    ];
  } finally {
    await browser.close();
  }
}

const missing = (why: string): Comparison => ({
  title: `${title}: the address to a list in Chromium`,
  unit: 'ms',
  ours: { name: 'with them', samples: [] },
  others: [],
  notes: [why],
});
