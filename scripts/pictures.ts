/**
 * Makes the README's pictures anew: the playground with its bot, seen by a Chromium. Where huggingface.co answers, they
 * would show its models; made without a network, they show those of the sample Hub. The one that moves is put together by
 * img2webp (`apt install webp`).
 * `node scripts/pictures.ts`; CHROMIUM names the browser (default /usr/bin/chromium).
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..');

/** Starts the playground on a free port. @returns the address of its page */
const startPlayground = async (dataDir: string) => {
  const child = spawn(process.execPath, [join(ROOT, 'src/start.mjs'), '--playground'], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HUBGRAM_DATA_DIR: dataDir, HUBGRAM_PLAYGROUND_PORT: '0' },
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    const url = /The playground is open: (\S+)/.exec(printed)?.[1];
    if (url !== undefined) return { url, child };
  }
  throw new Error(`The playground did not start: ${printed}`);
};

const openChat = async (browser: Browser, url: string, look: BrowserContextOptions): Promise<Page> => {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...look });
  const page = await context.newPage();
  await page.goto(`${url}/#1001/1001`);
  await page.locator('body[data-stream="up"]').waitFor();
  return page;
};

const write = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
};

const card = (page: Page, text: string | RegExp) => page.locator('.message.other', { hasText: text }).last();

/** The choice among the files of a GGUF repository. */
const phone = async (browser: Browser, url: string): Promise<void> => {
  const page = await openChat(browser, url, {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 1.5,
    isMobile: true,
    hasTouch: true,
    colorScheme: 'dark',
  });
  await write(page, '/add sample/Tiny-Llama-GGUF');
  await page.getByRole('button', { name: /Q4_K_M/ }).waitFor();
  await page.screenshot({ path: join(ROOT, 'docs/playground-phone.png') });
};

/** How long what is typed and what has ended stays in the moving picture, and what stands still for longer, in milliseconds. */
const SHOWN = { letter: 110, stillMost: 900, end: 3500 };

/** A picture, and how long it is shown. */
interface Frame {
  readonly png: Buffer;
  readonly ms: number;
}

/** One that looks like the one before it makes that longer. */
const withFrame = (frames: readonly Frame[], png: Buffer, ms: number): readonly Frame[] => {
  const last = frames.at(-1);
  return last?.png.equals(png) ? [...frames.slice(0, -1), { png, ms: last.ms + ms }] : [...frames, { png, ms }];
};

/** From “/add gpt2” to the notice, at a phone's width: a picture of each moment that looks different. */
const recorded = async (browser: Browser, url: string): Promise<readonly Frame[]> => {
  const page = await openChat(browser, url, { viewport: { width: 390, height: 640 }, deviceScaleFactor: 1.5 });
  let frames: readonly Frame[] = [];
  const box = page.getByLabel('Message', { exact: true });
  await box.click();
  for (const letter of '/add gpt2') {
    await page.keyboard.type(letter);
    frames = withFrame(frames, await page.screenshot(), SHOWN.letter);
  }
  await page.keyboard.press('Enter');
  const ready = card(page, /verified and ready/);
  let before = Date.now();
  while ((await ready.count()) === 0) {
    const png = await page.screenshot();
    frames = withFrame(frames, png, Date.now() - before);
    before = Date.now();
  }
  const moments = frames.map(({ png, ms }) => ({ png, ms: Math.min(ms, SHOWN.stillMost) }));
  return [...moments, { png: await page.screenshot(), ms: SHOWN.end }];
};

const moving = async (browser: Browser, url: string, folder: string): Promise<void> => {
  const frames = await recorded(browser, url);
  await mkdir(folder);
  const pictures = frames.map(({ png, ms }, place) => ({ png, ms, path: join(folder, `${place}.png`) }));
  for (const { png, path } of pictures) await writeFile(path, png);
  const shown = pictures.flatMap(({ ms, path }) => ['-lossy', '-q', '80', '-d', String(ms), path]);
  execFileSync('img2webp', ['-loop', '0', '-m', '6', ...shown, '-o', join(ROOT, 'docs/playground.webp')]);
};

/** Has a picture made of a playground of its own, in which nothing has been downloaded yet. */
const inPlayground = async (picture: (browser: Browser, url: string, folder: string) => Promise<void>) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hubgram-pictures-'));
  const { url, child } = await startPlayground(dataDir);
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  });
  try {
    await picture(browser, url, join(dataDir, 'frames'));
  } finally {
    await browser.close();
    child.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
};

for (const picture of [moving, phone]) await inPlayground(picture);
