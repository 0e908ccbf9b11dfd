import { localTime, timezonesByLocalTime } from '../../domain/schedule/timezone.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import { lines } from '../ui/text.ts';
import { inRows, type Page, type Screen } from './screen.ts';
import { text } from './text.ts';
import type { PageName } from './view.ts';

const ZONES_MOST = 10;
const QUARTER_MS = 15 * 60_000;

/** Zones whose clocks show this hour (0 to 23) now, in milliseconds since the epoch, the first of them: some are half an hour, or a quarter, beside the others. */
export const zonesAtHour = (hour: number, now: number): readonly string[] => {
  const { minute } = localTime(now, 'UTC');
  const minutes = [0, 30, 45, 15].map((beside) => (minute + beside) % 60);
  const found = minutes.flatMap((shown) =>
    timezonesByLocalTime(`${twoDigits(hour)}:${twoDigits(shown)}`, now, ZONES_MOST),
  );
  return [...new Set(found)].filter((zone) => localTime(now, zone).hour === hour).slice(0, ZONES_MOST);
};

/** The zones that a page offers, by what its fingerprint says. */
export const offeredZones = ({ view, now }: Screen): readonly string[] =>
  view.page === 'zoneChoice' ? zonesAtHour(view.hour ?? 0, Math.floor(now / QUARTER_MS) * QUARTER_MS) : [];

const zone: Page = {
  text: ({ timezone, now }) => lines(text.zone(timezone, now)),
  rows: () => [
    [{ label: 'Write a city', ask: 'city' }],
    [{ label: 'Choose by my clock', to: { page: 'zoneHour' } }],
    [{ label: '‹ Back', to: { page: 'list' } }],
  ],
};

const zoneHour: Page = {
  text: () => lines(text.whichClock),
  rows: () => [
    ...inRows(
      Array.from({ length: 24 }, (_, hour) => ({ label: twoDigits(hour), to: { page: 'zoneChoice', hour } as const })),
      6,
    ),
    [{ label: '‹ Back', to: { page: 'zone' } }],
  ],
};

const zoneChoice: Page = {
  text: (screen) => lines(offeredZones(screen).length > 0 ? text.whichZone : text.noSuchClock),
  rows: (screen) => [
    ...offeredZones(screen).map((timezone) => [
      {
        label: timezone.replaceAll('_', ' '),
        act: () => {
          screen.deps.schedules.setTimezone(screen.chatId, timezone);
          return { view: { page: 'list' } as const, said: text.zoneSet(timezone, screen.now) };
        },
      },
    ]),
    [{ label: '‹ Back', to: { page: 'zoneHour' } }],
  ],
};

/** The pages on which a chat's time zone is chosen. */
export const ZONES = { zone, zoneHour, zoneChoice } as const satisfies Partial<Record<PageName, Page>>;
