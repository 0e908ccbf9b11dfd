import { holdsAt } from '../../domain/schedule/day-span.ts';
import { localTime } from '../../domain/schedule/timezone.ts';
import { toIso, type WallClock } from '../../lib/clock.ts';
import { nextOpening, type Timetable } from '../../schedule/occurrences.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { isEnd } from './same-cause.ts';

export interface HushDeps {
  readonly store: Pick<Store, 'schedules' | 'outbox'>;
  readonly settings: Pick<Settings, 'chat'>;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
  readonly clock: WallClock;
}

const zoneOf = ({ store, timezone }: Pick<HushDeps, 'store' | 'timezone'>, chatId: number): string =>
  store.schedules.timezoneOf(chatId) ?? timezone;

/** Whether what is told in a chat without being asked for makes no sound there now. */
export const isHushed = ({ store, settings, timezone, clock }: HushDeps, chatId: number): boolean => {
  const { notifications, quiet_hours: quietHours } = settings.chat(chatId);
  if (!notifications) return true;
  if (quietHours === undefined) return false;
  const { hour, minute } = localTime(clock.now(), zoneOf({ store, timezone }, chatId));
  return holdsAt(quietHours, hour * 60 + minute);
};

/**
 * Tells of each notice of a chat whether it is told later, together with others, because the chat wants ends so once a day. Until
 * then its row waits, so that others of the chat are not kept waiting behind a day of ends.
 */
export const createDigest = (deps: HushDeps, chatId: number): ((notice: Notice) => boolean) => {
  const { store, settings, clock } = deps;
  // Once for all of a look: there may be hundreds.
  let known: { readonly daily: Timetable | undefined } | undefined;
  const dailyOf = (): Timetable | undefined => {
    const { digest } = settings.chat(chatId);
    return digest === undefined
      ? undefined
      : { type: 'daily', time: digest, dayOfWeek: null, cron: null, until: null, timezone: zoneOf(deps, chatId) };
  };
  return (notice) => {
    if (!isEnd(notice)) return false;
    known ??= { daily: dailyOf() };
    if (known.daily === undefined) return false;
    const at = nextOpening(known.daily, Date.parse(notice.createdAt));
    if (at === undefined || at <= clock.now()) return false;
    store.outbox.holdNotice(notice.id, toIso(at));
    return true;
  };
};
