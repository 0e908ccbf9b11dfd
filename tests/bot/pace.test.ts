import type { Update } from 'grammy/types';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { createRefusals } from '../../src/people/refusals.ts';
import { createPace } from '../../src/bot/updates/pace.ts';
import { createTestClock } from '../helpers/clock.ts';
import { openBench } from '../store/setup.ts';

const OWNER = 1;
const BOB = 2;
const CAROL = 3;
const STRANGER = 4;
const LAB = -50;
const ANONYMOUS = 1_087_968_824;

/** Telegram's clock, seconds since the epoch. */
const DATE = 1_790_000_000;

const open = (most = 20) => {
  const { store } = openBench();
  for (const userId of [OWNER, BOB, CAROL]) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, userId === OWNER ? 'owner' : 'member');
  }
  for (const chatId of [LAB, LAB - 1]) {
    store.chats.upsertChat({ chatId, kind: 'supergroup', title: 'Lab' });
    store.chats.setAccess(chatId, 'approved');
  }
  const clock = createTestClock();
  let perMinute = most;
  const refusals = createRefusals({ clock, log: silentLog });
  const judgeWhole = createPace({
    store,
    refusals,
    clock,
    perMinute: () => perMinute,
    api: { answerCallbackQuery: () => Promise.resolve(true) },
  }).judge;
  const judge = (update: Update): string => judgeWhole(update).as;
  let date = DATE;
  const chatOf = (id: number) => ({ id, type: id > 0 ? 'private' : 'supergroup' });
  let made = 0;
  const next = (): number => (made += 1);
  const say = (userId: number, chatId = userId, at = date): string => {
    const id = next();
    const message = { message_id: id, date: at, text: 'hello', from: { id: userId }, chat: chatOf(chatId) };
    return judge({ update_id: id, message } as Update);
  };
  const tap = (userId: number, chatId = userId): string => {
    const id = next();
    const pressed = {
      id: String(id),
      from: { id: userId },
      message: { message_id: 1, date: DATE, chat: chatOf(chatId) },
    };
    return judge({ update_id: id, callback_query: pressed } as Update);
  };
  const times = (count: number, work: () => string): string[] => Array.from({ length: count }, work);
  return {
    judge,
    judgeWhole,
    refusals,
    say,
    tap,
    times,
    clock,
    pass: (ms: number) => {
      clock.pass(ms);
      date += ms / 1000;
    },
    limit: (value: number) => {
      perMinute = value;
    },
  };
};

const heard = (count: number): string[] => Array.from({ length: count }, () => 'heard');

describe('one person', () => {
  it('is heard so often within a minute, told once, and then not heard for a minute', () => {
    const { say, times, pass } = open();
    expect(times(20, () => say(BOB))).toEqual(heard(20));
    expect(times(3, () => say(BOB))).toEqual(['told', 'unheard', 'unheard']);
    pass(59_000);
    expect(say(BOB)).toBe('unheard');
    pass(1000);
    expect(times(20, () => say(BOB))).toEqual(heard(20));
    expect(say(BOB)).toBe('told');
  });

  it('is heard without end who is not too fast', () => {
    const { say, times, pass } = open();
    const each = times(200, () => {
      pass(3000);
      return say(BOB);
    });
    expect(each).toEqual(heard(200));
  });

  it('silences nobody else, in no chat, and none who owns the bot is silenced', () => {
    const { say, times } = open();
    times(30, () => say(BOB, LAB));
    expect(say(CAROL, LAB)).toBe('heard');
    expect(say(BOB)).toBe('unheard');
    expect(times(100, () => say(OWNER, LAB))).toEqual(heard(100));
  });

  it('who has not been let in is not told', () => {
    const { say, times } = open();
    times(20, () => say(STRANGER));
    expect(say(STRANGER)).toBe('unheard');
  });

  it.each(['sticker', 'photo', 'voice', 'location', 'poll'])(
    'is as fast with what is no text: each %s counts',
    (kind) => {
      const { judge, say, times } = open();
      const send = (): string => {
        const message = {
          message_id: 1,
          date: DATE,
          [kind]: {},
          from: { id: BOB },
          chat: { id: BOB, type: 'private' },
        };
        return judge({ update_id: 1, message } as unknown as Update);
      };
      expect(times(20, send)).toEqual(heard(20));
      expect([send(), send(), say(BOB)]).toEqual(['told', 'unheard', 'unheard']);
    },
  );

  it('as an anonymous admin is one with those of the same group, and of no other', () => {
    const { say, times } = open();
    times(21, () => say(ANONYMOUS, LAB));
    expect(say(ANONYMOUS, LAB)).toBe('unheard');
    expect(say(ANONYMOUS, LAB - 1)).toBe('heard');
  });

  it('has taps let go of once a second while not heard, so that none spins for long', () => {
    const { tap, times, pass } = open();
    times(20, () => tap(BOB));
    expect(times(3, () => tap(BOB))).toEqual(['told', 'unheard', 'unheard']);
    pass(1000);
    expect(times(2, () => tap(BOB))).toEqual(['let_go', 'unheard']);
  });

  it('is counted each time, and noted once in an hour', () => {
    const { say, times, pass, refusals, judgeWhole } = open();
    times(20, () => say(BOB));
    const message = { message_id: 1, date: DATE, text: 'hello', from: { id: BOB }, chat: { id: BOB, type: 'private' } };
    const noted = [1, 2].map(() => judgeWhole({ update_id: 1, message } as Update).did?.action);
    expect(noted).toEqual(['too_fast', undefined]);
    pass(120_000);
    times(21, () => say(BOB));
    expect(refusals.counts().too_fast).toBe(3);
  });

  it('may say more as soon as that is allowed', () => {
    const { say, times, pass, limit } = open();
    times(20, () => say(BOB));
    limit(100);
    pass(12_000);
    expect(times(20, () => say(BOB))).toEqual(heard(20));
  });
});

describe('what has gathered while nobody listened', () => {
  it('is no flood: it was written over hours', () => {
    const { say, tap } = open();
    const all = Array.from({ length: 300 }, (_, index) => say(BOB, BOB, DATE - 36_000 + index * 10));
    expect(all).toEqual(heard(300));
    expect(tap(BOB)).toBe('heard');
  });

  it('is judged by Telegram’s clock, also where that of this machine is wrong', () => {
    const { say, times, clock } = open();
    // A day behind, and not moving.
    clock.turn(-24 * 3_600_000);
    expect(times(20, () => say(BOB))).toEqual(heard(20));
    expect(say(BOB, BOB, DATE + 30)).toBe('heard');
  });
});

describe('what Telegram tells about chats', () => {
  it('is heard however much of it comes', () => {
    const { judge, say, times } = open();
    times(30, () => say(BOB, LAB));
    const message = {
      message_id: 1,
      date: DATE,
      from: { id: BOB },
      chat: { id: LAB, type: 'group' },
      migrate_to_chat_id: -100,
    };
    expect(judge({ update_id: 1, message } as Update)).toBe('heard');
    const changed = { chat: { id: LAB, type: 'group' }, from: { id: BOB }, date: DATE };
    expect(judge({ update_id: 2, my_chat_member: changed } as Update)).toBe('heard');
  });
});
