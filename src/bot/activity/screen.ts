import { ACTIVITY_RESULTS } from '../../domain/activity/activity.ts';
import type { ActivityFilter } from '../../domain/activity/filter.ts';
import type { PageStart } from '../../people/activity-pages.ts';
import type { Store } from '../../store/store.ts';

/** What the message shows: lines of the log, or what they can be filtered by. */
export interface Screen {
  readonly part: 'list' | 'filter';
  readonly filter: ActivityFilter;
  readonly start: PageStart;
}

const NEWEST: PageStart = { direction: 'older', from: undefined };
export const FIRST_PAGE: Screen = { part: 'list', filter: {}, start: NEWEST };

/** What a tap does. Buttons have room for a few characters only. */
export type Choice =
  | { readonly kind: 'list' | 'filter' | 'all' | 'export' }
  | { readonly kind: 'older' | 'newer'; readonly id: number }
  | { readonly kind: 'userId' | 'chatId'; readonly id: number }
  | { readonly kind: 'action' | 'result' | 'since'; readonly word: string };

const KINDS = {
  list: 'l',
  filter: 'f',
  all: 'x',
  export: 'e',
  older: 'o',
  newer: 'n',
  userId: 'p',
  chatId: 'c',
  action: 'a',
  result: 'r',
  since: 's',
} as const satisfies Readonly<Record<Choice['kind'], string>>;

const isKind = (word: string): word is Choice['kind'] => Object.hasOwn(KINDS, word);

const encodeId = (id: number): string => id.toString(36);
const decodeId = (text: string): number => Number.parseInt(text, 36) || 0;

/** A choice as it travels in its button. */
export const choiceOf = (choice: Choice): string =>
  `${KINDS[choice.kind]}${'id' in choice ? encodeId(choice.id) : 'word' in choice ? choice.word : ''}`;

/** What a button carries: the screen that it stands on, without its choice. */
export const payloadOf = ({ activity }: Store, chatId: number, { part, filter, start }: Screen): string => {
  const { direction, from } = start;
  const cursor = from === undefined ? '' : `${direction.charAt(0)}${encodeId(from.id)}`;
  return `${activity.activityViews.keep(chatId, filter)}.${part.charAt(0)}.${cursor}`;
};

const readStart = ({ activity }: Store, cursor: string): PageStart => {
  // A line that has been removed since is older than all that is kept: the newest page is as good as any.
  const from = cursor === '' ? undefined : activity.cursorOf(decodeId(cursor.slice(1)));
  return from === undefined ? NEWEST : { direction: cursor.startsWith('n') ? 'newer' : 'older', from };
};

/** The screen on which something was tapped, and the choice; undefined if its filter is not known any more. */
export const readPayload = (
  store: Store,
  chatId: number,
  payload: string,
): { readonly screen: Screen; readonly choice: string } | undefined => {
  const [view = '', part = '', cursor = '', choice = ''] = payload.split('.');
  const filter = store.activity.activityViews.read(chatId, Math.trunc(Number(view)) || 0);
  if (!filter) return undefined;
  return { screen: { part: part === 'f' ? 'filter' : 'list', filter, start: readStart(store, cursor) }, choice };
};

/** One more condition, or the same one taken away. */
const toggle = (filter: ActivityFilter, given: ActivityFilter): ActivityFilter => {
  const [[key, value] = []] = Object.entries(given);
  const { [key as keyof ActivityFilter]: before, ...others } = filter;
  return before === value ? others : { ...others, ...given };
};

const filterAfter = (filter: ActivityFilter, kind: Choice['kind'], rest: string): ActivityFilter => {
  if (kind === 'all') return {};
  if (kind === 'userId' || kind === 'chatId') return toggle(filter, { [kind]: decodeId(rest) });
  if (kind === 'action' || kind === 'since') return toggle(filter, { [kind]: rest });
  const result = kind === 'result' ? ACTIVITY_RESULTS.find((one) => one === rest) : undefined;
  return result === undefined ? filter : toggle(filter, { result });
};

/** The screen that follows a tap. */
export const screenAfter = (store: Store, screen: Screen, choice: string): Screen => {
  const kind = Object.keys(KINDS)
    .filter(isKind)
    .find((one) => KINDS[one] === choice.charAt(0));
  const rest = choice.slice(1);
  if (kind === undefined) return screen;
  if (kind === 'older' || kind === 'newer')
    return { ...screen, part: 'list', start: readStart(store, `${KINDS[kind]}${rest}`) };
  if (kind === 'list' || kind === 'filter') return { ...screen, part: kind };
  return { part: screen.part, filter: filterAfter(screen.filter, kind, rest), start: NEWEST };
};
