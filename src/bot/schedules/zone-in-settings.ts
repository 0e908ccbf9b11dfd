import { learnTimezones } from '../../domain/schedule/timezone.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { FeatureDeps, Handlers, May } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { enterAsking } from './dialogue.ts';
import { whyNot } from './refusal.ts';
import { text } from './text.ts';
import { zoneKeyboard } from './timezone.ts';
import { zonesAtHour } from './zone-pages.ts';

/** What a button of the time zone in the settings opens; above them stand the hours of a clock. */
const OPENS = { zone: 0, city: 1, clock: 2, hour: 10 } as const;
const HOURS_IN_ROW = 6;

const back = (opens: number) => [actionButton('‹ Back', 'zones', opens)];

/** The time zone as a page of the settings: the menu of the schedules has no way back to them. */
const zonePage = async ({ schedules, clock }: BotDeps, chatId: number, opens: number): Promise<Rendering> => {
  if (opens >= OPENS.hour) {
    await learnTimezones();
    const zones = zonesAtHour(opens - OPENS.hour, clock.now());
    const { inline_keyboard: rows } = zoneKeyboard(zones);
    return {
      text: plain(zones.length > 0 ? text.whichZone : text.noSuchClock),
      keyboard: { inline_keyboard: [...rows, back(OPENS.clock)] },
    };
  }
  if (opens === OPENS.clock) {
    const hours = Array.from({ length: 24 }, (_, hour) => actionButton(twoDigits(hour), 'zones', OPENS.hour + hour));
    const rows = hours.flatMap((_, at) => (at % HOURS_IN_ROW === 0 ? [hours.slice(at, at + HOURS_IN_ROW)] : []));
    return { text: plain(text.whichClock), keyboard: { inline_keyboard: [...rows, back(OPENS.zone)] } };
  }
  return {
    text: plain(text.zone(schedules.timezoneOf(chatId), clock.now())),
    keyboard: {
      inline_keyboard: [
        [actionButton('Write a city', 'zones', OPENS.city)],
        [actionButton('Choose by my clock', 'zones', OPENS.clock)],
        [actionButton('‹ Back', 'settings', 'all')],
      ],
    },
  };
};

/** The pages of the time zone, in the message of the settings. @param mayChange whether who tapped may change something */
export const zoneInSettings =
  (deps: FeatureDeps, mayChange: (ctx: Ctx) => ReturnType<May>): Handlers['actions'][string] =>
  async (ctx) => {
    const opens = Number(ctx.match[1] ?? 0);
    if (opens === OPENS.city && !(await mayChange(ctx))) {
      await ctx.answerCallbackQuery({ text: await whyNot(deps, ctx), show_alert: true });
      return;
    }
    await ctx.answerCallbackQuery();
    if (opens === OPENS.city) await enterAsking(ctx, 'city', undefined);
    else await replace(ctx, await zonePage(deps, ctx.chat?.id ?? 0, opens));
  };
