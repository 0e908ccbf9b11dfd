import { describe, expect, it } from 'vitest';
import { type CallKind, createPace, type Pace } from '../../src/bot/pace.ts';

const ANN = 1;
const LAB = -1;
const T = 1_000_000_000_000;

/** Spends as often as it may, asking every 100 ms. @returns how many calls there were */
const spendAll = (pace: Pace, chatId: number, kind: CallKind, [from, to]: [number, number]): number => {
  let calls = 0;
  for (let now = from; now < to; now += 100) {
    if (!pace.allows(chatId, kind, now)) continue;
    pace.spend(chatId, kind, now);
    calls += 1;
  }
  return calls;
};

describe('a private chat', () => {
  it('gets progress every three seconds', () => {
    const pace = createPace();
    pace.spend(ANN, 'progress', T);
    expect(pace.allows(ANN, 'progress', T + 2999)).toBe(false);
    expect(pace.allows(ANN, 'progress', T + 3000)).toBe(true);
  });

  it('gets what counts in a short burst, then one a second', () => {
    const pace = createPace();
    expect(spendAll(pace, ANN, 'final', [T, T + 1000])).toBe(5);
    expect(pace.allows(ANN, 'final', T + 4999)).toBe(false);
    expect(spendAll(pace, ANN, 'final', [T, T + 60_000])).toBeLessThanOrEqual(60);
  });

  it('gets no progress right after an answer', () => {
    const pace = createPace();
    pace.spend(ANN, 'answer', T);
    expect(pace.allows(ANN, 'progress', T + 1000)).toBe(false);
    expect(pace.allows(ANN, 'final', T + 1000)).toBe(true);
  });
});

describe('answers', () => {
  it('come eight at once in a private chat, then one a second', () => {
    const pace = createPace();
    expect(spendAll(pace, ANN, 'answer', [T, T + 1000])).toBe(8);
    expect(pace.allows(ANN, 'answer', T + 7999)).toBe(false);
    expect(spendAll(pace, ANN, 'answer', [T, T + 60_000])).toBeLessThanOrEqual(64);
  });

  it('find room in a group where cards and notices do not, up to nineteen a minute', () => {
    const pace = createPace();
    spendAll(pace, LAB, 'final', [T, T + 59_000]);
    expect(pace.allows(LAB, 'final', T + 59_000)).toBe(false);
    expect(spendAll(pace, LAB, 'answer', [T + 59_000, T + 60_000])).toBe(3);
  });

  it('wait as long as Telegram says, like everything else', () => {
    const pace = createPace();
    pace.hold(ANN, T + 5000);
    expect(pace.allows(ANN, 'answer', T + 4999)).toBe(false);
    expect(pace.allows(ANN, 'answer', T + 5000)).toBe(true);
  });
});

describe('a group', () => {
  it('gets six edits a minute', () => {
    const pace = createPace();
    expect(spendAll(pace, LAB, 'progress', [T, T + 60_000])).toBe(6);
    expect(pace.allows(LAB, 'progress', T + 60_000)).toBe(true);
  });

  it('gets sixteen calls a minute in all, so that answers stay below twenty', () => {
    const pace = createPace();
    expect(spendAll(pace, LAB, 'final', [T, T + 60_000])).toBe(16);
  });

  it('gets no progress once twelve calls were made, and still what counts', () => {
    const pace = createPace();
    for (let call = 0; call < 12; call += 1) pace.spend(LAB, 'answer', T + call * 1000);
    expect(pace.allows(LAB, 'progress', T + 20_000)).toBe(false);
    expect(pace.allows(LAB, 'final', T + 20_000)).toBe(true);
  });
});

describe('the whole bot', () => {
  it('makes 26 calls a second, evenly', () => {
    const pace = createPace();
    let chat = 0;
    const spendStep = (now: number): number => {
      let calls = 0;
      while (pace.allows(chat + 1, 'progress', now)) {
        chat += 1;
        calls += 1;
        pace.spend(chat, 'progress', now);
      }
      return calls;
    };
    const steps = Array.from({ length: 101 }, (_, step) => spendStep(T + step * 40));
    expect(Math.max(...steps)).toBe(3);
    const total = steps.reduce((sum, calls) => sum + calls, 0);
    expect(total).toBeGreaterThan(4 * 26);
    expect(total).toBeLessThanOrEqual(4 * 26 + 3);
  });

  it('counts answers, which nobody holds back', () => {
    const pace = createPace();
    for (let other = 1; other <= 29; other += 1) pace.spend(other, 'answer', T);
    expect(pace.allows(30, 'progress', T + 1000)).toBe(false);
    expect(pace.allows(30, 'progress', T + 1100)).toBe(true);
  });

  it('keeps progress back a moment after something that counts found no room', () => {
    const pace = createPace();
    for (let chat = 1; chat <= 3; chat += 1) pace.spend(chat, 'progress', T);
    expect(pace.allows(26, 'final', T)).toBe(false);
    expect(pace.allows(27, 'progress', T + 249)).toBe(false);
    expect(pace.allows(26, 'final', T + 249)).toBe(true);
    expect(pace.allows(27, 'progress', T + 250)).toBe(true);
  });
});

it('leaves a chat alone that asked for it, and only that one', () => {
  const pace = createPace();
  pace.hold(ANN, T + 5000);
  pace.hold(ANN, T + 1000);
  expect(pace.allows(ANN, 'final', T + 4999)).toBe(false);
  expect(pace.allows(2, 'final', T)).toBe(true);
  expect(pace.allows(ANN, 'final', T + 5000)).toBe(true);
});
