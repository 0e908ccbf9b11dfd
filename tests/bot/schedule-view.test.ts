import { describe, expect, it } from 'vitest';
import {
  decodeView,
  encodeView,
  fieldsOf,
  NEW_DRAFT,
  PAGES,
  type PageName,
  type View,
} from '../../src/bot/schedules/view.ts';

const full = {
  ...NEW_DRAFT,
  days: [4],
  time: '14:05',
  until: '18:55',
  limitMb: 200,
  places: 10,
} as const;

describe('what the menu’s buttons carry', () => {
  const subjects = [
    undefined,
    NEW_DRAFT,
    full,
    { ...full, days: [5, 6] },
    { ...full, days: [] },
    1,
    123_456_789_012_345,
  ];
  const views: readonly View[] = (Object.keys(PAGES) as PageName[]).flatMap((page) =>
    subjects.flatMap((subject) =>
      [undefined, 0, 23].map((hour) => ({
        page,
        ...(subject === undefined ? {} : { subject }),
        ...(hour === undefined ? {} : { hour }),
      })),
    ),
  );

  it('comes back as it was, within Telegram’s 64 bytes', () => {
    for (const view of views) {
      const text = encodeView(view);
      expect(decodeView(text)).toEqual(view);
      expect(text.length).toBeLessThanOrEqual(32);
      // The menu plugin parts its own data with slashes.
      expect(text).not.toContain('/');
    }
  });

  it.each([
    '',
    'x.',
    'e',
    'l99.',
    'e.#',
    'h.128d140018005x1',
    'h.016d2500----0x1',
    'c.127d2300----0x',
    'h.w414001800200x1',
    '../../etc',
    'e.#-1',
  ])('is a harmless page for “%s”', (text) => {
    const { page, subject } = decodeView(text);
    expect(Object.keys(PAGES)).toContain(page);
    expect(subject).toBeUndefined();
  });

  it('keeps places within 1 to 10', () => {
    expect(decodeView('c.127d2300----0x99').subject).toMatchObject({ places: 10 });
    expect(decodeView('c.127d2300----0x0').subject).toMatchObject({ places: 1 });
  });
});

it('a draft becomes a schedule', () => {
  expect(fieldsOf(full)).toEqual({
    type: 'weekly',
    time: '14:05',
    dayOfWeek: 4,
    until: '18:55',
    limitBytes: 200_000_000,
    maxConcurrentDownloads: 10,
  });
  expect(fieldsOf(NEW_DRAFT)).toMatchObject({ type: 'daily', time: '23:00', limitBytes: null });
  expect(fieldsOf({ ...full, days: [5, 6] })).toMatchObject({ type: 'custom', cron: '5 14 * * 6,0' });
});
