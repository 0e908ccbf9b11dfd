import { expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { lendTestStore } from '../helpers/database.ts';
import { type Books, openBooks } from '../../bench/updates/books.ts';
import { often, pick } from '../../bench/updates/bend.ts';
import { makeOther } from '../../bench/updates/make.ts';
import {
  type Class,
  foreignSecrets,
  furnish,
  GROUPS,
  letIn,
  LIBRARIES,
  PLACES,
  populate,
} from '../../bench/updates/scene.ts';
import { tap, watchButtons } from '../../bench/updates/taps.ts';
import { judge } from '../../bench/updates/verdict.ts';
import { createDice } from '../helpers/dice.ts';
import { openBot } from './setup.ts';

const SEED = 20;
const EACH = 120;

/** The bot with a whole scene around it, speaking as often as it likes. */
const openScene = async () => {
  const errors: string[] = [];
  let path = '';
  const bot = await openBot({
    concurrency: 0,
    log: {
      ...silentLog,
      error: (fields, said) => void errors.push(`${said} ${String(Reflect.get(fields, 'err'))}`),
    },
    open: (given, clock) => {
      path = given;
      return lendTestStore(given, clock);
    },
  });
  const { store, telegram } = bot;
  let last = 0;
  const serial = (): number => (last += 1);
  populate(telegram);
  letIn(store);
  furnish(store, serial);
  const books = openBooks(path);
  /** Everything that came is handled, and told. */
  const settle = async (): Promise<Books> => {
    await expect
      .poll(() => telegram.pendingUpdates().length === 0 && books.atRest() !== undefined, { interval: 100 })
      .toBe(true);
    return books.read();
  };
  return { bot, errors, serial, settle, close: () => (books.close(), bot.close()) };
};

it.each<Class>(['outsiders', 'viewers', 'plain', 'members'])(
  'random and bent updates of %s throw nothing, change nothing of others, and are shown nothing of others',
  async (who) => {
    const { bot, errors, serial, settle, close } = await openScene();
    try {
      const { telegram } = bot;
      const buttons = watchButtons(telegram);
      const dice = createDice(SEED);
      const places = PLACES[who];
      const before = await settle();
      for (let count = 0; count < EACH; count += 1) {
        const place = pick(dice, places);
        const made = often(dice, 3) ? tap(telegram, dice, place, buttons) : makeOther(dice, place, { serial, buttons });
        if (made) telegram.deliver(made.kind, made.body);
      }
      const after = await settle();
      const chats = who === 'plain' ? GROUPS : places.map(({ chatId }) => chatId);
      expect(judge(who, chats, before, after).map(({ what }) => what)).toEqual([]);
      const shown = LIBRARIES.flatMap((chatId) =>
        bot.shown(chatId).flatMap(({ text = '' }) => foreignSecrets(chatId, text)),
      );
      expect(shown).toEqual([]);
      expect(errors).toEqual([]);
    } finally {
      await close();
    }
  },
);
