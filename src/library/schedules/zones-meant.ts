import { parseTime } from '../../domain/schedule/schedule.ts';
import {
  learnTimezones,
  namedTimezone,
  searchTimezones,
  timezonesByLocalTime,
} from '../../domain/schedule/timezone.ts';

/** What a person's way of naming a time zone means. */
export type ZonesMeant =
  | { readonly kind: 'one'; readonly zone: string }
  /** To choose from. */
  | { readonly kind: 'several'; readonly zones: readonly string[] }
  /** Nothing is like it; with the time of day, if it is one. */
  | { readonly kind: 'none'; readonly time: string | undefined };

/**
 * @param typed a city, a zone's name, or the time that a clock shows there now
 * @param now milliseconds since the epoch
 * @param most so many are offered
 */
export const zonesMeant = async (typed: string, now: number, most: number): Promise<ZonesMeant> => {
  const time = parseTime(typed);
  if (time !== undefined) await learnTimezones();
  const zones = time === undefined ? searchTimezones(typed, most) : timezonesByLocalTime(time, now, most);
  const named = time === undefined ? namedTimezone(typed) : zones.length === 1 ? zones[0] : undefined;
  if (named !== undefined) return { kind: 'one', zone: named };
  return zones.length > 0 ? { kind: 'several', zones } : { kind: 'none', time };
};
