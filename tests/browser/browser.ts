import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, type CDPSession, chromium, type Page } from 'playwright-core';

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

/** On what a page is looked at: else a wide screen, in light colours, by somebody who has allowed nothing. */
type Look = Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'reducedMotion' | 'permissions'> & {
  /** The fingers and the width of a phone. */
  readonly isPhone?: boolean;
  /** `page.clock` is used: what it puts in the place of the clocks stays in the profile, which is thrown away. */
  readonly setsClock?: boolean;
};

const WIDE = { width: 1200, height: 800 };
const NARROW = { width: 390, height: 844 };

export interface Browser {
  /** Opens an address in a page that knows nothing of what was open before it, and tells what goes wrong in it (`faults`). */
  readonly open: (url: string, look?: Look) => Promise<Opened>;
  readonly close: () => Promise<void>;
}

/** A page, to be used again: another one, or even a profile of its own, costs as much again as what is opened in it. */
interface Kept {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly devTools: CDPSession;
  faults: string[];
}

const openPage = async (context: BrowserContext): Promise<Kept> => {
  const page = await context.newPage();
  const kept: Kept = { context, page, devTools: await context.newCDPSession(page), faults: [] };
  page.on('pageerror', (error) => kept.faults.push(error.message));
  page.on('console', (message) => {
    // Of the icon alone, where a page waits for the next one, a browser asks for an icon of its own.
    const { url } = message.location();
    if (message.type() === 'error' && !url.endsWith('/favicon.ico')) kept.faults.push(message.text());
  });
  page.setDefaultTimeout(60_000);
  return kept;
};

/**
 * Takes leave of what is open, for a page at an origin: what it does or tells from then on is none of what comes next.
 * @param next what is open next: `about:blank` would be in a process of its own, which has kept nothing of what pages are made of
 */
const leave = async ({ page }: Kept, next: { readonly origin: string; readonly page: Page }): Promise<void> => {
  await page.unrouteAll();
  // What a tab keeps for itself, which DevTools leave where it is. A page of no address has nothing, and lets nobody look.
  await page.evaluate('sessionStorage.clear()').catch(() => undefined);
  if (page !== next.page || new URL(page.url()).origin !== next.origin) await page.goto(`${next.origin}/icon.svg`);
};

const prepare = async ({ context, page, devTools }: Kept, origin: string, look: Look): Promise<void> => {
  await devTools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await context.clearPermissions();
  if (look.permissions) await context.grantPermissions(look.permissions);
  await page.setViewportSize(look.viewport ?? (look.isPhone ? NARROW : WIDE));
  const { colorScheme = 'light', reducedMotion = 'no-preference' } = look;
  await page.emulateMedia({ colorScheme, reducedMotion });
};

const startChromium = async () => {
  const profile = await mkdtemp(join(tmpdir(), 'hubgram-chromium-'));
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [...FLAGS, `--disk-cache-dir=${join(profile, 'cache')}`],
    env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
  });
  const close = async (): Promise<void> => {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { browser, close };
};

/** A Chromium with a profile that is thrown away. It starts with the first page. */
export const openBrowser = (): Browser => {
  let started: ReturnType<typeof startChromium> | undefined;
  const pages = new Map<'wide' | 'phone' | 'clock', Kept>();
  let last: Kept | undefined;
  let visits = 0;

  const pageFor = async ({ isPhone = false, setsClock = false }: Look): Promise<Kept> => {
    const kind = setsClock ? 'clock' : isPhone ? 'phone' : 'wide';
    const before = pages.get(kind);
    if (before && !before.page.isClosed()) return before;
    started ??= startChromium();
    const { browser } = await started;
    const context =
      before?.context ?? (await browser.newContext({ locale: 'en-GB', isMobile: isPhone, hasTouch: isPhone }));
    const kept = await openPage(context);
    pages.set(kind, kept);
    return kept;
  };

  return {
    open: async (url, look = {}) => {
      const address = new URL(url);
      const { origin } = address;
      await pages.get('clock')?.context.close();
      pages.delete('clock');
      const kept = await pageFor(look);
      if (last && !last.page.isClosed()) await leave(last, { origin, page: kept.page });
      last = kept;
      await prepare(kept, origin, look);
      const faults: string[] = [];
      kept.faults = faults;
      // Another address each time: where only what stands behind the # differs, nothing is loaded.
      visits += 1;
      address.searchParams.set('visit', String(visits));
      const { page } = kept;
      await page.goto(address.href);
      await page.locator('body[data-stream="up"]').waitFor();
      return Object.assign(page, { faults });
    },
    close: async () => {
      const chromium = await started;
      await chromium?.close();
    },
  };
};

/** Resolves when an expression holds in the page. (Playwright's own waiting evaluates strings, which the page's policy forbids.) */
export const until = (page: Page, expression: string): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve() : requestAnimationFrame(look));
    look();
  })`);
