/**
 * Makes the README's pictures anew: the playground with its bot, seen by a Chromium. Where huggingface.co answers, they
 * would show its models; made without a network, they show those of the sample Hub.
 * `node scripts/pictures.ts`; CHROMIUM names the browser (default /usr/bin/chromium).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..');

/** Starts the playground on a free port. @returns the address of its page */
const startPlayground = async (dataDir: string) => {
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), '--playground'], {
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

/** A finished model, and one that is on its way. */
const wide = async (browser: Browser, url: string): Promise<void> => {
  const page = await openChat(browser, url, { viewport: { width: 1000, height: 780 }, deviceScaleFactor: 1.5 });
  await write(page, '/add sample/sharded-llama');
  await card(page, /sharded-llama · completed/).waitFor();
  await write(page, '/add gpt2');
  await card(page, /gpt2 · downloading[^]*[3-7]\d ?%/).waitFor();
  await page.screenshot({ path: join(ROOT, 'docs/playground.png') });
  await card(page, /gpt2 · completed/).waitFor();
};

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

const dataDir = await mkdtemp(join(tmpdir(), 'hubgram-pictures-'));
const { url, child } = await startPlayground(dataDir);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
});
try {
  await wide(browser, url);
  await phone(browser, url);
} finally {
  await browser.close();
  child.kill();
  await rm(dataDir, { recursive: true, force: true });
}
