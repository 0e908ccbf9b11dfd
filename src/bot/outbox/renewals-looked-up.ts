import type { FormattedString } from '@grammyjs/parse-mode';
import type { Renewal } from '../../domain/renewals/renewal.ts';
import type { RenewalState } from '../../domain/states/renewal.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { AskTally } from '../../store/renewals/asks.ts';
import type { Store } from '../../store/store.ts';
import { modelLabel, shortLabel } from '../ui/label.ts';
import { count, lines, plain, type Rendering, shorten } from '../ui/text.ts';
import { isClosed, type Newer, newerOne, newerText, toFetch } from './newer-commit.ts';

type LookedUp = Extract<Notice, { readonly kind: 'renewals_looked_up' }>;

const NAME_LIMIT = 40;
const REASON_LIMIT = 200;
const NAMES_MOST = 10;

const UNDER_WAY: readonly RenewalState[] = ['wanted', 'taken'];

const upToDate = ({ model, renewal }: Newer): string =>
  renewal.commitSha === null || renewal.commitSha === model.commitSha
    ? `${modelLabel(model)} is as new as on the Hub.`
    : `${modelLabel(model)} is up to date: what is newer on the Hub changes none of its files.`;

const sentenceOf = (one: Newer): FormattedString => {
  const { state } = one.renewal;
  return state === 'noted' ? plain(upToDate(one)) : newerText([one]);
};

const newerOf = (store: Store, chatId: number, renewals: readonly Renewal[]): Newer[] =>
  renewals.flatMap((renewal) => {
    const model = store.models.getModel(renewal.modelId);
    return model?.chatId === chatId ? [newerOne(store, model, renewal)] : [];
  });

const namesOf = (newer: readonly Newer[], total: number): string => {
  const names = newer.map(({ model }) => `#${model.id} ${shortLabel(model, NAME_LIMIT)}`);
  return `${names.join(', ')}${total > names.length ? ` and ${total - names.length} more` : ''}`;
};

const summary = (store: Store, { chatId, payload: { askId } }: LookedUp, tally: AskTally): FormattedString => {
  const of = (states: readonly RenewalState[]): readonly Newer[] =>
    newerOf(store, chatId, store.renewals.renewalsOf(askId, NAMES_MOST, states));
  const { total, updated, refused, missingBytes, newBytes } = tally;
  const fetched = missingBytes === newBytes ? { missingBytes } : { missingBytes: newBytes, fetchedBytes: missingBytes };
  const not = of(['refused']);
  return lines(
    `${count(total, 'model')} looked up on the Hub: ${updated} being updated, ${total - updated - refused} up to date${refused > 0 ? `, ${refused} not` : ''}.`,
    updated > 0 ? `Being updated: ${namesOf(of(UNDER_WAY), updated)} · ${toFetch(fetched)}` : undefined,
    updated > 0 && isClosed(store, chatId) && 'That begins when the schedule of this chat opens.',
    refused > 0 ? `Not: ${namesOf(not, refused)} · ${shorten(not[0]?.renewal.reason ?? '', REASON_LIMIT)}` : undefined,
  );
};

/** What has come of all that somebody asked to be updated; undefined: none of it is here any more. */
export const renderLookedUp = (store: Store, notice: LookedUp): Rendering | undefined => {
  const { chatId, payload } = notice;
  const tally = store.renewals.tallyAsk(payload.askId);
  if (tally.total > 1) return { text: summary(store, notice, tally) };
  const [first] = newerOf(store, chatId, store.renewals.renewalsOf(payload.askId, 1));
  return first && { text: sentenceOf(first) };
};
