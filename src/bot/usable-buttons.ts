import type { Transformer } from 'grammy';
import { looksOnly } from '../people/may.ts';
import type { Store } from '../store/store.ts';
import type { Feature } from './feature.ts';
import { withoutUnusableButtons } from './telegram/unusable-buttons.ts';

/** @returns whether a button with this callback data is for fewer than all who may look */
const changingButtons = (features: readonly Feature[]): ((data: string) => boolean) => {
  const actions = features.flatMap((feature) => Object.entries(feature.actions));
  const openers = features.flatMap(({ opener }) => (opener ? [[`open:${opener.number}`, opener] as const] : []));
  const names = new Set([...actions, ...openers].flatMap(([name, { who }]) => (who === 'viewer' ? [] : [name])));
  return (data) => names.has(data) || names.has(data.split(':')[0] ?? '');
};

/** What is only looked at is shown without the buttons that change something. It only shows: the guard decides at each tap. */
export const usableButtons = (features: readonly Feature[], store: Pick<Store, 'users' | 'chats'>): Transformer => {
  const isChanging = changingButtons(features);
  return withoutUnusableButtons((chatId, data) => isChanging(data) && looksOnly(store, chatId));
};
