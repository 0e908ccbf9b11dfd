import { describe, expect, it } from 'vitest';
import { deedOf } from '../../src/bot/activity/text.ts';
import { FEATURES } from '../../src/bot/features.ts';
import type { Way } from '../../src/domain/activity/activity.ts';

const NAMES = { person: String, chat: String };

/** What the log tells of whoever used it, once. */
const told = (action: string, by: Way): string =>
  deedOf({ id: 1, userId: 7, chatId: 7, action, result: 'done', createdAt: '2026-11-21', metadata: { by } }, NAMES);

describe('the words of the log', () => {
  it.each(FEATURES.flatMap(({ actions }) => Object.keys(actions)))('are there for the button %s', (action) => {
    expect(told(action, 'button')).toMatch(/^[a-z][a-z -]+$/);
  });

  it.each([
    ['host_invited', 'made a code for the host nas'],
    ['host_removed', 'let go of the host nas'],
  ])('say which machine %s is about', (action, words) => {
    const metadata = { host: 'nas' };
    expect(
      deedOf({ id: 1, userId: 7, chatId: 7, action, result: 'done', createdAt: '2026-11-21', metadata }, NAMES),
    ).toBe(words);
  });

  it.each([
    ['move', 'refused', 'move $& to another machine'],
    ['moveTo', 'done', 'moved $& to another machine'],
    ['alsoOn', 'done', 'brought $& onto another machine too'],
    ['erase', 'done', 'removed $& with its files'],
    ['first', 'failed', 'put $& first'],
    ['up', 'done', 'moved $& up'],
  ] as const)('have what %s is about where it belongs', (action, result, words) => {
    const by = action === 'move' ? 'command' : 'button';
    const metadata = { by, model: { id: 1, name: '$&' } } as const;
    expect(deedOf({ id: 1, userId: 7, chatId: 7, action, result, createdAt: '2026-11-21', metadata }, NAMES)).toBe(
      words,
    );
  });

  it('say of a bare command that it was used: it asks which one is meant, or shows a list', () => {
    expect(['try', 'adopt', 'pause', 'remove', 'queue', 'library'].map((word) => told(word, 'command'))).toEqual([
      'used /try',
      'used /adopt',
      'used /pause',
      'used /remove',
      'looked at the queue',
      'looked at the library',
    ]);
    const metadata = { by: 'command', said: 'all' } as const;
    expect(
      deedOf(
        { id: 1, userId: 7, chatId: 7, action: 'adopt', result: 'done', createdAt: '2026-11-21', metadata },
        NAMES,
      ),
    ).toBe('asked to adopt all');
  });

  it.each(FEATURES.flatMap(({ commands }) => Object.keys(commands)))('are there for the command /%s', (action) => {
    // What people write themselves is a word of theirs.
    expect(told(action, 'command')).toMatch(/^(?:[a-z][a-z -]+|used \/[a-z]+)$/);
  });
});
