import { describe, expect, it } from 'vitest';
import { type CallKind, createCallBudget, type CallBudget } from '../../src/bot/telegram/call-budget.ts';

const ANN = 1;
const LAB = -1;
const T = 1_000_000_000_000;

/** Spends as often as it may, asking every 100 ms. @returns how many calls there were */
const spendAll = (budget: CallBudget, chatId: number, kind: CallKind, [from, to]: [number, number]): number => {
  let calls = 0;
  for (let now = from; now < to; now += 100) {
    if (!budget.allows(chatId, kind, now)) continue;
    budget.spend(chatId, kind, now);
    calls += 1;
  }
  return calls;
};

describe('a private chat', () => {
  it('gets progress every three seconds', () => {
    const budget = createCallBudget();
    budget.spend(ANN, 'progress', T);
    expect(budget.allows(ANN, 'progress', T + 2999)).toBe(false);
    expect(budget.allows(ANN, 'progress', T + 3000)).toBe(true);
  });

  it('gets what counts in a short burst, then one a second', () => {
    const budget = createCallBudget();
    expect(spendAll(budget, ANN, 'final', [T, T + 1000])).toBe(5);
    expect(budget.allows(ANN, 'final', T + 4999)).toBe(false);
    expect(spendAll(budget, ANN, 'final', [T, T + 60_000])).toBeLessThanOrEqual(60);
  });

  it('gets no progress right after an answer', () => {
    const budget = createCallBudget();
    budget.spend(ANN, 'answer', T);
    expect(budget.allows(ANN, 'progress', T + 1000)).toBe(false);
    expect(budget.allows(ANN, 'final', T + 1000)).toBe(true);
  });
});

describe('answers', () => {
  it('come eight at once in a private chat, then one a second', () => {
    const budget = createCallBudget();
    expect(spendAll(budget, ANN, 'answer', [T, T + 1000])).toBe(8);
    expect(budget.allows(ANN, 'answer', T + 7999)).toBe(false);
    expect(spendAll(budget, ANN, 'answer', [T, T + 60_000])).toBeLessThanOrEqual(64);
  });

  it('find room in a private chat in which cards and notices take all that they may', () => {
    const budget = createCallBudget();
    const cards = spendAll(budget, ANN, 'final', [T, T + 60_000]);
    expect(cards).toBeGreaterThan(42);
    expect(budget.allows(ANN, 'final', T + 60_000)).toBe(false);
    expect(spendAll(budget, ANN, 'answer', [T + 60_000, T + 60_100])).toBe(1);
    expect(spendAll(budget, ANN, 'answer', [T + 60_100, T + 60_200])).toBe(1);
  });

  it('that wait for their chat get the next call of it, before cards and notices', () => {
    const budget = createCallBudget();
    for (let call = 0; call < 8; call += 1) budget.spend(ANN, 'answer', T + call * 500);
    // The first one is over then, and the window of cards has room.
    const free = T + 8000;
    expect(budget.allows(ANN, 'answer', free - 50)).toBe(false);
    for (const kind of ['final', 'draft', 'progress'] as const)
      expect(budget.allows(ANN, kind, free + 199)).toBe(false);
    expect(budget.allows(2, 'final', free)).toBe(true);
    expect(budget.allows(ANN, 'answer', free)).toBe(true);
    budget.spend(ANN, 'answer', free);
    expect(budget.allows(ANN, 'final', T + 12_000)).toBe(true);
  });

  it('find room in a group where cards and notices do not, up to nineteen a minute', () => {
    const budget = createCallBudget();
    spendAll(budget, LAB, 'final', [T, T + 59_000]);
    expect(budget.allows(LAB, 'final', T + 59_000)).toBe(false);
    expect(spendAll(budget, LAB, 'answer', [T + 59_000, T + 60_000])).toBe(3);
  });

  it('wait as long as Telegram says, like everything else', () => {
    const budget = createCallBudget();
    budget.hold(ANN, T + 5000);
    expect(budget.allows(ANN, 'answer', T + 4999)).toBe(false);
    expect(budget.allows(ANN, 'answer', T + 5000)).toBe(true);
  });
});

describe('a group', () => {
  it('gets six edits a minute', () => {
    const budget = createCallBudget();
    expect(spendAll(budget, LAB, 'progress', [T, T + 60_000])).toBe(6);
    expect(budget.allows(LAB, 'progress', T + 60_000)).toBe(true);
  });

  it('gets sixteen calls a minute in all, so that answers stay below twenty', () => {
    const budget = createCallBudget();
    expect(spendAll(budget, LAB, 'final', [T, T + 60_000])).toBe(16);
  });

  it('gets no progress once twelve calls were made, and still what counts', () => {
    const budget = createCallBudget();
    for (let call = 0; call < 12; call += 1) budget.spend(LAB, 'answer', T + call * 1000);
    expect(budget.allows(LAB, 'progress', T + 20_000)).toBe(false);
    expect(budget.allows(LAB, 'final', T + 20_000)).toBe(true);
  });
});

describe('the whole bot', () => {
  it('makes 26 calls a second, evenly', () => {
    const budget = createCallBudget();
    let chat = 0;
    const spendStep = (now: number): number => {
      let calls = 0;
      while (budget.allows(chat + 1, 'progress', now)) {
        chat += 1;
        calls += 1;
        budget.spend(chat, 'progress', now);
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
    const budget = createCallBudget();
    for (let other = 1; other <= 29; other += 1) budget.spend(other, 'answer', T);
    expect(budget.allows(30, 'progress', T + 1000)).toBe(false);
    expect(budget.allows(30, 'progress', T + 1100)).toBe(true);
  });

  it('keeps progress back a moment after something that counts found no room', () => {
    const budget = createCallBudget();
    for (let chat = 1; chat <= 3; chat += 1) budget.spend(chat, 'progress', T);
    expect(budget.allows(26, 'final', T)).toBe(false);
    expect(budget.allows(27, 'progress', T + 249)).toBe(false);
    expect(budget.allows(26, 'final', T + 249)).toBe(true);
    expect(budget.allows(27, 'progress', T + 250)).toBe(true);
  });
});

it('leaves a chat alone that asked for it, and only that one', () => {
  const budget = createCallBudget();
  budget.hold(ANN, T + 5000);
  budget.hold(ANN, T + 1000);
  expect(budget.allows(ANN, 'final', T + 4999)).toBe(false);
  expect(budget.allows(2, 'final', T)).toBe(true);
  expect(budget.allows(ANN, 'final', T + 5000)).toBe(true);
});

describe('a draft that grows', () => {
  it('is drawn about once a second, and leaves room for what counts', () => {
    const budget = createCallBudget();
    expect(spendAll(budget, ANN, 'draft', [T, T + 60_000])).toBe(48);
    for (let now = T + 60_000; now < T + 70_000; now += 100) {
      expect(budget.allows(ANN, 'final', now)).toBe(true);
      expect(budget.allows(ANN, 'answer', now)).toBe(true);
      spendAll(budget, ANN, 'draft', [now, now + 100]);
    }
  });

  it('does not hold up the cards of its chat, and waits for them', () => {
    const budget = createCallBudget();
    budget.spend(ANN, 'draft', T);
    expect(budget.allows(ANN, 'progress', T + 100)).toBe(true);
    budget.spend(ANN, 'progress', T + 100);
    expect(budget.allows(ANN, 'draft', T + 1099)).toBe(false);
    expect(budget.allows(ANN, 'draft', T + 1100)).toBe(true);
  });
});
