import type { InlineKeyboardMarkup } from 'grammy/types';
import { isTimezone } from '../../domain/schedule/timezone.ts';
import { zonesMeant } from '../../library/schedules/zones-meant.ts';
import type { BotDeps } from '../context.ts';
import { looksOnly } from '../../people/may.ts';
import type { FeatureDeps, Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { whyNot } from './refusal.ts';
import { text } from './text.ts';

/** How many places are offered where a name may mean several. */
const ZONES_MOST = 8;

/**
 * What a button carries that stands for a zone. Their names are short: the longest is America/Argentina/ComodRivadavia,
 * half of what would be allowed.
 */
export const ZONE_DATA = '([A-Za-z0-9_+/-]{1,50})';

/** Places that a name may mean, to choose from. */
export const zoneKeyboard = (zones: readonly string[]): InlineKeyboardMarkup => ({
  inline_keyboard: zones.map((zone) => [actionButton(zone.replaceAll('_', ' '), 'zone', zone)]),
});

/** @returns what to say */
const setZone = ({ schedules, clock }: BotDeps, chatId: number, timezone: string): string => {
  schedules.setTimezone(chatId, timezone);
  return text.zoneSet(timezone, clock.now());
};

/** What a person's way of naming a zone leads to. */
export interface ZoneReply {
  readonly said: string;
  /** Several places that may be meant, to choose from. */
  readonly zones?: readonly string[];
  /** Nothing is like it. */
  readonly again?: boolean;
}

/** Takes a city, a zone's name, or the time that a clock shows now, and sets the zone if only one can be meant. */
export const takeZone = async (deps: BotDeps, chatId: number, typed: string): Promise<ZoneReply> => {
  const meant = await zonesMeant(typed, deps.clock.now(), ZONES_MOST);
  switch (meant.kind) {
    case 'one':
      return { said: setZone(deps, chatId, meant.zone) };
    case 'several':
      return { said: text.severalZones, zones: meant.zones };
    case 'none':
      return { said: meant.time === undefined ? text.zoneUnknown(typed) : text.noPlaceShows(meant.time), again: true };
  }
};

/** `/timezone <city or time>`, and the buttons where a name means several places. */
export const choosingZone = (deps: FeatureDeps) =>
  ({
    commands: {
      timezone: async (ctx, may) => {
        const word = ctx.match.trim();
        if (word === '') {
          const zone = text.zone(deps.schedules.timezoneOf(ctx.chat.id), deps.clock.now());
          await answer(ctx, {
            text: plain(looksOnly(deps.store, ctx.chat.id) ? zone : `${zone} /timezone Berlin changes it.`),
          });
          return;
        }
        if (!(await may({ part: 'change' }))) {
          await answer(ctx, { text: plain(await whyNot(deps, ctx)) });
          return;
        }
        const { said, zones } = await takeZone(deps, ctx.chat.id, word);
        await answer(ctx, { text: plain(said), ...(zones ? { keyboard: zoneKeyboard(zones) } : {}) });
      },
    },
    actions: {
      zone: async (ctx) => {
        const zone = ctx.match[1] ?? '';
        const isOne = isTimezone(zone) && ctx.chat !== undefined;
        await ctx.answerCallbackQuery(isOne ? {} : { text: text.zoneUnknown(zone), show_alert: true });
        if (!isOne || !ctx.chat) return;
        const toSettings = { inline_keyboard: [[actionButton('‹ Settings', 'settings', 'all')]] };
        await replace(ctx, { text: plain(setZone(deps, ctx.chat.id, zone)), keyboard: toSettings });
      },
    },
  }) satisfies Handlers;
