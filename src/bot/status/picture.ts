import { localTime } from '../../domain/schedule/timezone.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import type { TrafficDay } from '../../library/watching/traffic-day.ts';
import { trafficSvg } from '../ui/pictures/traffic-svg.ts';

/** So many hours of the day are named. */
const EACH_HOURS = 6;
/** Nearer to the right side there is no room for a name. */
const LAST_NAMED = 5;

/** The hour at which a bar begins, if it is one of those that are named. */
const labelOf = (from: number, timezone: string): string | undefined => {
  const { hour, minute } = localTime(from, timezone);
  return minute === 0 && hour % EACH_HOURS === 0 ? `${twoDigits(hour)}:00` : undefined;
};

/** A day of speeds as an SVG. @param timezone whose clock names the hours; IANA */
export const trafficDaySvg = ({ bars }: TrafficDay, timezone: string): string =>
  trafficSvg(
    bars.map(({ from, bytesPerSecond }, at) => ({
      bytesPerSecond,
      label: at < bars.length - LAST_NAMED ? labelOf(from, timezone) : undefined,
    })),
  );
