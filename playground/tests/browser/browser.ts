import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];

/** Where a Chromium is, if this machine has one. */
export const chromiumPath = PLACES.find((path) => existsSync(path));

if (chromiumPath === undefined) console.log(`Browser tests are skipped: no Chromium at ${PLACES.join(', ')}.`);

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'];

export interface Browser {
  /** A page with a profile of its own, and what goes wrong in it (`faults`); the page before it is closed. */
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Page & { readonly faults: string[] }>;
  readonly close: () => Promise<void>;
}

/** Starts a Chromium with a profile that is thrown away. */
export const openBrowser = async (): Promise<Browser> => {
  const profile = await mkdtemp(join(tmpdir(), 'hubgram-chromium-'));
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [...FLAGS, `--disk-cache-dir=${join(profile, 'cache')}`],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  let context: BrowserContext | undefined;
  return {
    open: async (url, options = {}) => {
      await context?.close();
      context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB', ...options });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      page.setDefaultTimeout(60_000);
      await page.goto(url);
      await page.locator('body[data-stream="up"]').waitFor();
      return Object.assign(page, { faults });
    },
    close: async () => {
      await context?.close();
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
};

/** Resolves when an expression holds in the page. (Playwright's own waiting evaluates strings, which the page's policy forbids.) */
export const until = (page: Page, expression: string): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve() : requestAnimationFrame(look));
    look();
  })`);
