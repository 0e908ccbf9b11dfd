import { holdsAt } from '../../domain/schedule/day-span.ts';
import { localTime } from '../../domain/schedule/timezone.ts';
import type { WallClock } from '../../lib/clock.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Store } from '../../store/store.ts';

export interface HushDeps {
  readonly store: Pick<Store, 'schedules'>;
  readonly settings: Pick<Settings, 'chat'>;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
  readonly clock: WallClock;
}

/** Whether what is told in a chat without being asked for makes no sound there now. */
export const isHushed = ({ store, settings, timezone, clock }: HushDeps, chatId: number): boolean => {
  const { notifications, quiet_hours: quietHours } = settings.chat(chatId);
  if (!notifications) return true;
  if (quietHours === undefined) return false;
  const { hour, minute } = localTime(clock.now(), store.schedules.timezoneOf(chatId) ?? timezone);
  return holdsAt(quietHours, hour * 60 + minute);
};
