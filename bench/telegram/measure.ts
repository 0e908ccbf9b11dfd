import type { SimMessage } from '../../playground/telegram/wire.ts';
import { endOf, type Load, repoOf, SOLO_CHAT } from './plan.ts';

/** Milliseconds, with what happened in the worst case. */
interface Delays {
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
  /** Of those that should have happened. */
  readonly missing: number;
  readonly count: number;
}

export interface Measured {
  readonly finals: Readonly<Record<'private' | 'groups', Delays>>;
  readonly notices: Readonly<Record<'private' | 'groups', Delays>>;
  /** How long a card of a running download stood still. */
  readonly stale: Readonly<Record<'private' | 'groups', Delays>>;
  readonly solo: Delays;
}

export const delaysOf = (values: readonly (number | undefined)[]): Delays => {
  const known = values.filter((value) => value !== undefined).toSorted((left, right) => left - right);
  const at = (share: number): number =>
    known[Math.min(known.length - 1, Math.floor(share * known.length))] ?? Number.NaN;
  return {
    median: at(0.5),
    p99: at(0.99),
    worst: known.at(-1) ?? Number.NaN,
    missing: values.length - known.length,
    count: values.length,
  };
};

/** Pauses between what a message has shown, within the time that counts. */
const pausesOf = ({ history }: SimMessage, from: number, to: number): number[] => {
  const times = [...history.map(({ at }) => at).filter((at) => at > from && at < to), to];
  const before = history.findLast(({ at }) => at <= from) ? from : undefined;
  return times.flatMap((at, index) => {
    const last = index === 0 ? before : times[index - 1];
    return last === undefined ? [] : at - last;
  });
};

const isFolded = (text: string): boolean => text.includes(' · in the summary');

/** What counts: the ends within a time, and how still cards stood in it. Milliseconds since the epoch. */
interface Period {
  readonly ended: readonly { readonly number: number; readonly chatId: number }[];
  readonly from: number;
  readonly to: number;
  readonly soloFrom: number;
}

/** Reads the chats as the people in them saw them. */
export const measure = (
  load: Load,
  messagesIn: (chatId: number) => readonly SimMessage[],
  { ended, from, to, soloFrom }: Period,
): Measured => {
  const byBot = new Map(
    load.chats.map(({ chatId }) => [chatId, messagesIn(chatId).filter((message) => message.from?.is_bot === true)]),
  );
  const delay = (number: number, chatId: number, silent: boolean): number | undefined => {
    const says = `${repoOf(number)} · completed`;
    const end = endOf(load, repoOf(number));
    for (const message of byBot.get(chatId) ?? []) {
      if (message.silent !== silent) continue;
      const shown = message.history.find(({ text }) => text.split('\n').some((line) => line.startsWith(says)));
      if (shown) return Math.max(0, shown.at - end);
    }
    return undefined;
  };
  const both = (silent: boolean): Readonly<Record<'private' | 'groups', Delays>> => {
    const of = (isGroup: boolean): Delays =>
      delaysOf(
        ended.filter(({ chatId }) => chatId < 0 === isGroup).map(({ number, chatId }) => delay(number, chatId, silent)),
      );
    return { private: of(false), groups: of(true) };
  };
  const stale = { private: [] as number[], groups: [] as number[] };
  const solo: number[] = [];
  for (const [chatId, messages] of byBot) {
    for (const message of messages) {
      if (!message.silent || message.history.some(({ text }) => isFolded(text))) continue;
      if (chatId === SOLO_CHAT) {
        solo.push(...pausesOf(message, soloFrom, load.soloEndAt));
        continue;
      }
      const last = message.history.at(-1);
      const number = /^load\/m(\d+)/.exec(last?.text ?? '')?.[1];
      const end = number === undefined ? to : endOf(load, repoOf(Number(number)));
      const until = message.deleted && last ? last.at : Math.min(to, end);
      if (until > from) stale[chatId < 0 ? 'groups' : 'private'].push(...pausesOf(message, from, until));
    }
  }
  return {
    finals: both(true),
    notices: both(false),
    stale: { private: delaysOf(stale.private), groups: delaysOf(stale.groups) },
    solo: delaysOf(solo),
  };
};
