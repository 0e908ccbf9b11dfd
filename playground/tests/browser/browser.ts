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

type Opened = Page & { readonly faults: string[] };

export interface Browser {
  /** Opens an address in a page that knows nothing of what was open before it, and tells what goes wrong in it (`faults`). */
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Opened>;
  readonly close: () => Promise<void>;
}

/** A page, to be used again where the same options are asked for: a profile of its own for each costs twice as much. */
interface Kept {
  readonly options: string;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly forget: (origin: string) => Promise<void>;
  faults: string[];
}

const openPage = async (context: BrowserContext, options: string): Promise<Kept> => {
  const page = await context.newPage();
  const devTools = await context.newCDPSession(page);
  const kept: Kept = {
    options,
    context,
    page,
    forget: async (origin) => {
      await page.unrouteAll();
      await devTools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
      // It leaves out what a tab keeps for itself. A page of no address has nothing, and lets nobody look.
      await page.evaluate('sessionStorage.clear()').catch(() => undefined);
    },
    faults: [],
  };
  page.on('pageerror', (error) => kept.faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') kept.faults.push(message.text());
  });
  page.setDefaultTimeout(60_000);
  return kept;
};

/** Starts a Chromium with a profile that is thrown away. */
export const openBrowser = async (): Promise<Browser> => {
  const profile = await mkdtemp(join(tmpdir(), 'hubgram-chromium-'));
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [...FLAGS, `--disk-cache-dir=${join(profile, 'cache')}`],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  let kept: Kept | undefined;
  let visits = 0;
  const pageFor = async (options: BrowserContextOptions): Promise<Kept> => {
    const asked = JSON.stringify(options);
    if (kept?.options === asked && !kept.page.isClosed()) return kept;
    await kept?.context.close();
    return openPage(
      await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'en-GB', ...options }),
      asked,
    );
  };
  return {
    open: async (url, options = {}) => {
      kept = await pageFor(options);
      const { page, forget } = kept;
      const address = new URL(url);
      await forget(address.origin);
      const faults: string[] = [];
      kept.faults = faults;
      // Another address each time: where only what stands behind the # differs, nothing is loaded.
      visits += 1;
      address.searchParams.set('visit', String(visits));
      await page.goto(address.href);
      await page.locator('body[data-stream="up"]').waitFor();
      return Object.assign(page, { faults });
    },
    close: async () => {
      await kept?.context.close();
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
