import type { Composer } from 'grammy';
import type { InlineKeyboardMarkup } from 'grammy/types';
import { isTimezone, namedTimezone, searchTimezones } from '../../domain/timezone.ts';
import type { Authority } from '../access.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { zoneOf } from './menu.ts';
import { text } from './text.ts';

/** How many places are offered where a name may mean several. */
export const ZONES_MOST = 8;

/** Names of zones are short: the longest is America/Argentina/ComodRivadavia, half of what a button may carry. */
const CHOICE = /^zone:([A-Za-z0-9_+/-]{1,50})$/;

/** Places that a name may mean, to choose from. */
export const zoneKeyboard = (zones: readonly string[]): InlineKeyboardMarkup => ({
  inline_keyboard: zones.map((zone) => [{ text: zone.replaceAll('_', ' '), callback_data: `zone:${zone}` }]),
});

/** @returns what to say */
export const setZone = ({ store, schedules, board, clock }: BotDeps, chatId: number, timezone: string): string => {
  store.schedules.setTimezone(chatId, timezone);
  schedules.poke();
  board.poke();
  return text.zoneSet(timezone, clock.now());
};

/** `/timezone <city>`, and the buttons where a name means several places. */
export const timezoneCommand = (feature: Composer<Ctx>, deps: BotDeps, authority: Authority): void => {
  feature.command('timezone', async (ctx) => {
    const word = ctx.match.trim();
    if (word === '') {
      await answer(ctx, {
        text: plain(`${text.zone(zoneOf(deps, ctx.chat.id), deps.clock.now())} /timezone Berlin changes it.`),
      });
      return;
    }
    if (!(await authority(ctx, null))) {
      await answer(ctx, { text: plain(text.notAllowed) });
      return;
    }
    const zones = searchTimezones(word, ZONES_MOST);
    const named = namedTimezone(word);
    if (named !== undefined) await answer(ctx, { text: plain(setZone(deps, ctx.chat.id, named)) });
    else if (zones.length === 0) await answer(ctx, { text: plain(text.zoneUnknown(word)) });
    else await answer(ctx, { text: plain(text.severalZones), keyboard: zoneKeyboard(zones) });
  });

  feature.callbackQuery(CHOICE, async (ctx) => {
    const zone = ctx.match[1] ?? '';
    const allowed = isTimezone(zone) && (await authority(ctx, null));
    await ctx.answerCallbackQuery(allowed ? {} : { text: text.notAllowed, show_alert: true });
    if (allowed && ctx.chat) await replace(ctx, { text: plain(setZone(deps, ctx.chat.id, zone)) });
  });
};
