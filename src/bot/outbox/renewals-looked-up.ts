import type { FormattedString } from '@grammyjs/parse-mode';
import type { RenewalState } from '../../domain/states/renewal.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { modelLabel, shortLabel } from '../ui/label.ts';
import { count, lines, plain, type Rendering, shorten } from '../ui/text.ts';
import { type Newer, newerText } from './newer-commit.ts';

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

const namesOf = (newer: readonly Newer[]): string => {
  const names = newer.slice(0, NAMES_MOST).map(({ model }) => `#${model.id} ${shortLabel(model, NAME_LIMIT)}`);
  return `${names.join(', ')}${newer.length > names.length ? ` and ${newer.length - names.length} more` : ''}`;
};

const summary = (all: readonly Newer[]): FormattedString => {
  const of = (...states: readonly RenewalState[]): readonly Newer[] =>
    all.filter(({ renewal }) => states.includes(renewal.state));
  const [updated, refused] = [of(...UNDER_WAY), of('refused')];
  const others = all.length - updated.length - refused.length;
  const bytes = updated.reduce((sum, { renewal }) => sum + (renewal.news?.missingBytes ?? 0), 0);
  const [first] = refused;
  return lines(
    `${count(all.length, 'model')} looked up on the Hub: ${updated.length} updated, ${others} up to date${refused.length > 0 ? `, ${refused.length} not` : ''}.`,
    updated.length > 0 ? `Updated: ${namesOf(updated)} · ${formatBytes(bytes)} to fetch` : undefined,
    first ? `Not: ${namesOf(refused)} · ${shorten(first.renewal.reason ?? '', REASON_LIMIT)}` : undefined,
  );
};

/** What has come of all that somebody asked to be updated; undefined: none of it is here any more. */
export const renderLookedUp = (
  store: Store,
  { chatId, payload }: Extract<Notice, { readonly kind: 'renewals_looked_up' }>,
): Rendering | undefined => {
  const all = store.renewals.renewalsOf(payload.askId).flatMap((renewal): Newer[] => {
    const model = store.models.getModel(renewal.modelId);
    return model?.chatId === chatId ? [{ model, renewal }] : [];
  });
  const [first] = all;
  if (!first) return undefined;
  return { text: all.length === 1 ? sentenceOf(first) : summary(all) };
};
