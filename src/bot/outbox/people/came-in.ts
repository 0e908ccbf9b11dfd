import { FormattedString } from '@grammyjs/parse-mode';
import { type Newcomer, newcomerOf } from '../../../people/newcomers.ts';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../../ui/buttons.ts';
import { titleLine } from '../../ui/label.ts';
import { foreign, lines, plain, type Rendering } from '../../ui/text.ts';

const NAME_LIMIT = 100;
/** With their entities; more are counted. */
const LISTED_MOST = 20;

const nameOf = ({ id, name }: Newcomer): FormattedString => {
  const shown = foreign(name ?? 'A group', NAME_LIMIT);
  return id < 0 ? FormattedString.b(shown) : FormattedString.mentionUser(shown, id);
};

const roleOf = (store: Store, id: number): string =>
  id < 0 ? 'group' : (store.users.getUser(id)?.role ?? 'member').replace('pending', 'removed since');

const lineOf = (store: Store, newcomer: Newcomer): FormattedString =>
  FormattedString.join([
    nameOf(newcomer),
    newcomer.handle === undefined ? '' : ` · ${newcomer.handle}`,
    ` · ${roleOf(store, newcomer.id)}`,
  ]);

/**
 * What an owner is told of people and groups (ids below zero) that have come in by links.
 * @returns undefined if nobody knows them any more
 */
export const renderCameIn = (store: Store, ids: readonly number[]): Rendering | undefined => {
  const all = [...new Set(ids)].flatMap((id) => newcomerOf(store, id) ?? []);
  const [only, second] = all;
  if (!only) return undefined;
  if (!second) {
    return {
      text: FormattedString.join([lineOf(store, only), plain(' · came in by a link')]),
      keyboard: { inline_keyboard: [[actionButton('More ›', 'person', only.id)]] },
    };
  }
  return {
    text: lines(
      titleLine(`${all.length} people and groups`, 'came in by links'),
      ...all.slice(0, LISTED_MOST).map((one) => lineOf(store, one)),
      all.length > LISTED_MOST ? `… and ${all.length - LISTED_MOST} more.` : undefined,
    ),
    keyboard: { inline_keyboard: [[actionButton('People ›', 'people', 'in:0')]] },
  };
};
