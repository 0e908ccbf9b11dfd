import type { InlineKeyboardButton } from 'grammy/types';
import { type Quota, QUOTAS } from '../../domain/quotas/quota.ts';
import { newcomerOf } from '../../people/newcomers.ts';
import type { BotDeps } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import type { Rendering } from '../ui/text.ts';
import { amountText, NAMES, oneText, othersText, text } from './text.ts';

type ScreenDeps = Pick<BotDeps, 'quotas' | 'store'>;

/** What stands for a quota in a button. */
const LETTERS: Readonly<Record<Quota, string>> = { models: 'm', bytes: 'b', running: 'r', adds_per_hour: 'a' };

/** @returns undefined for a letter that means none */
export const quotaOf = (letter: string | undefined): Quota | undefined =>
  QUOTAS.find((quota) => LETTERS[quota] === letter);

const GB = 1e9;

/** What is offered; anything else is written. */
const CHOICES: Readonly<Record<Quota, readonly number[]>> = {
  models: [0, 10, 50, 200],
  bytes: [0, 50 * GB, 200 * GB, 1000 * GB],
  running: [0, 1, 2, 5],
  adds_per_hour: [0, 10, 50, 200],
};

const inPairs = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] =>
  buttons.flatMap((_, index) => (index % 2 === 0 ? [buttons.slice(index, index + 2)] : []));

/** What somebody has and may have, with buttons to change it; undefined for whom nobody knows. */
export const holderScreen = ({ quotas, store }: ScreenDeps, id: number): Rendering | undefined => {
  const who = newcomerOf(store, id);
  return (
    who && {
      text: othersText(who, quotas.viewOf(id)),
      keyboard: {
        inline_keyboard: [
          ...inPairs(QUOTAS.map((quota) => actionButton(NAMES[quota], 'quota', `${id}:${LETTERS[quota]}`))),
          [actionButton('‹ Back', 'person', id)],
        ],
      },
    }
  );
};

/** One quota of somebody; what holds is marked. */
export const quotaScreen = ({ quotas, store }: ScreenDeps, id: number, quota: Quota): Rendering | undefined => {
  const who = newcomerOf(store, id);
  if (!who) return undefined;
  const view = quotas.viewOf(id);
  const said = view.words[quota];
  const choice = (label: string, data: string, isChosen: boolean): InlineKeyboardButton =>
    actionButton(isChosen ? `✓ ${label}` : label, 'quotaSet', `${id}:${LETTERS[quota]}:${data}`);
  return {
    text: oneText(who, view, quota),
    keyboard: {
      inline_keyboard: [
        ...inPairs([
          ...CHOICES[quota].map((amount) => choice(amountText(quota, amount), String(amount), said === amount)),
          choice(text.none, 'none', said === null),
          choice(text.usual, 'usual', said === undefined),
        ]),
        [actionButton('‹ Back', 'quota', id)],
      ],
    },
  };
};
