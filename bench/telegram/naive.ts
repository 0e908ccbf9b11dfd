/**
 * A process of its own: what one writes with grammY and its transformer-throttler for the same job. A card for each
 * download, edited again three seconds after the last edit came through, and a message at the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { autoRetry } from '@grammyjs/auto-retry';
import { apiThrottler } from '@grammyjs/transformer-throttler';
import { Bot } from 'grammy';
import { endOf, type Load, SIZE } from './plan.ts';

const load = JSON.parse(process.env['LOAD'] ?? '') as Load;
const EDIT_EVERY_MS = 3000;

const bot = new Bot(load.token, { client: { apiRoot: load.apiRoot } });
bot.api.config.use(apiThrottler());
bot.api.config.use(autoRetry());
bot.catch((error) => console.error(String(error.error)));

const download = async (chatId: number, name: string): Promise<void> => {
  const startedAt = Date.now();
  const endsAt = endOf(load, name);
  const card = await bot.api.sendMessage(chatId, `${name} · downloading`, { disable_notification: true });
  while (Date.now() < endsAt) {
    await sleep(Math.max(0, Math.min(EDIT_EVERY_MS, endsAt - Date.now())));
    if (Date.now() >= endsAt) break;
    const share = (Date.now() - startedAt) / Math.max(1, endsAt - startedAt);
    const text = `${name} · downloading\n${Math.floor(share * SIZE)} of ${SIZE} at ${new Date().toISOString()}`;
    await bot.api.editMessageText(chatId, card.message_id, text);
  }
  await Promise.all([
    bot.api.editMessageText(chatId, card.message_id, `${name} · completed`),
    bot.api.sendMessage(chatId, `${name} · completed\nready to load`),
  ]);
};

bot.command('add', (ctx) => {
  download(ctx.chat.id, ctx.match).catch((error: unknown) => console.error(String(error)));
});
bot.command('help', (ctx) => ctx.reply('Controlling downloads'));
process.once('SIGTERM', () => process.exit());
await bot.start({ onStart: () => console.log('ready') });
