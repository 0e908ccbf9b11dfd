/** Whether each chat was told each end, and each end once, and whether every command was answered. */
import type { SimMessage } from '../../playground/telegram/wire.ts';
import type { World } from '../../tests/helpers/world.ts';
import { CHATS, type Deed } from './people.ts';
import type { End } from './rows.ts';

/** A kill, and which ends had been written down as told by then, with the message. */
export interface Kill {
  readonly at: number;
  readonly marked: ReadonlyMap<number, number>;
}

export interface Telling {
  readonly ends: number;
  /** Ends told again since a fault had cut the answer to the message, or a kill came before it was written down. */
  readonly againAfterCut: number;
  readonly againAfterKill: number;
  readonly commands: number;
  readonly leftOut: number;
  /** Sentences that something was given up, since the bot died at it. */
  readonly givenUp: number;
  readonly breaches: readonly string[];
}

/** What was in the air at a kill may have reached the stand-in this much later. */
const IN_THE_AIR_MS = 250;

/** A message of the bot, and whether Telegram's answer to it reached the bot as far as Telegram knows. */
interface Sent {
  readonly message: SimMessage;
  readonly at: number;
  readonly isCut: boolean;
}

const textsOf = ({ history }: SimMessage): string => history.map(({ text }) => text).join('\n');

/** The bot's messages in a chat, deleted ones too, each with the call that sent it: both are in the same order. */
const sentTo = ({ telegram }: World, chatId: number): Sent[] => {
  const messages = telegram.messages(chatId).filter(({ from }) => from?.is_bot === true);
  const calls = telegram.calls.filter(
    ({ method, payload, status, description }) =>
      method === 'sendMessage' &&
      Number(payload['chat_id']) === chatId &&
      (status === 200 || description === 'reset_after_accept'),
  );
  if (calls.length !== messages.length) throw new Error(`${calls.length} calls made ${messages.length} messages`);
  return messages.map((message, at) => ({
    message,
    at: calls[at]?.at ?? 0,
    isCut: calls[at]?.status !== 200,
  }));
};

interface Tellers {
  readonly sent: readonly Sent[];
  readonly kills: readonly Kill[];
}

/** Why what this message told may have been told again in the next one; undefined: there is no reason. */
const excuse = ({ kills }: Tellers, end: End, [first, second]: readonly [Sent, Sent]): 'cut' | 'kill' | undefined => {
  if (first.isCut) return 'cut';
  const between = kills.filter(({ at }) => first.at <= at + IN_THE_AIR_MS && at <= second.at);
  return between.some(({ marked }) => !marked.has(end.id)) ? 'kill' : undefined;
};

const isNotice = ({ message }: Sent): boolean => !message.silent;

/** What tells of this model's end in this way. */
const tells = ({ message }: Sent, { name, status }: End): boolean =>
  status === 'completed'
    ? new RegExp(`${name}\\S* · completed`).test(textsOf(message))
    : textsOf(message).includes(name) && / · failed|downloads failed/.test(textsOf(message));

const checkEnds = (tellers: Tellers, ends: readonly End[]) => {
  const breaches: string[] = [];
  const again = { cut: 0, kill: 0 };
  const byName = Map.groupBy(ends, ({ name, status }) => `${name} ${status}`);
  for (const [what, same] of byName) {
    const [end] = same as [End, ...End[]];
    const told = tellers.sent.filter((sent) => isNotice(sent) && tells(sent, end));
    if (told.length === 0) breaches.push(`${what}: chat ${end.chatId} was not told`);
    const reasons = told.slice(1).flatMap((second, at) => excuse(tellers, end, [told[at] as Sent, second]) ?? []);
    for (const reason of reasons.slice(0, told.length - 1)) again[reason] += 1;
    // One model may fail several times, each of which is told.
    const extra = told.length - same.length - reasons.length;
    if (extra > 0) breaches.push(`${what}: chat ${end.chatId} was told ${told.length} times of ${same.length}`);
    const ids = new Set(tellers.sent.map(({ message }) => message.message_id));
    for (const { id, messageId, errorMessage, status } of same) {
      if (messageId === null || !ids.has(messageId)) breaches.push(`${what}: session ${id} is marked with no message`);
      if (status === 'failed' && !errorMessage) breaches.push(`${what}: session ${id} gives no reason`);
      const before = tellers.kills.find(({ marked }) => marked.has(id))?.marked.get(id);
      if (before !== undefined && before !== messageId) breaches.push(`${what}: told again though it was marked`);
    }
  }
  return { again, breaches };
};

/** What answers a command for one model, and one for all; any of them may find that there is nothing to do. */
const ANSWERS: Readonly<Record<Deed['verb'], readonly [RegExp, RegExp]>> = {
  pause: [/ is paused\./, /(models?|to be) paused\./],
  resume: [/ goes on\./, /(models?|to be) resumed\./],
  download: [/ starts as soon as /, /(models?|to be) started\./],
  retry: [/ is tried again\./, /(models?|to be) tried again\./],
  cancel: [/^Cancel /, /^Cancel (all|the one)|nothing to cancel/],
  yes: [/ is cancelled\./, / cancelled\./],
  first: [/ is number | is moved\.| stays where | does not wait /, /“all”/],
  priority: [/ has priority /, /“all”/],
};

const isGivenUp = ({ message }: Sent): boolean => message.text?.includes(' was given up: ') ?? false;

const isAnswer = (text: string, { verb, name }: Deed): boolean => {
  if (text.startsWith(`“/${verb}`) && text.includes(' was given up: '))
    return text.includes(name === '*' ? ' all' : name);
  const [one, all] = ANSWERS[verb];
  if (name === '*') return all.test(text);
  return text.includes(name) && (one.test(text) || /: nothing to do\.|^There is no “/.test(text));
};

/** Each command takes one answer behind it; an answer may be said twice, never not at all. */
const checkAnswers = ({ sent }: Tellers, commands: readonly Deed[]) => {
  const free = new Set(sent.filter(isNotice));
  const unanswered = commands.filter((command) => {
    const answer = [...free].find(
      ({ message }) =>
        message.message_id > (command.messageId ?? 0) && isAnswer(message.history[0]?.text ?? '', command),
    );
    return answer === undefined || !free.delete(answer);
  });
  const leftOut = [...free].reduce((sum, { message }) => {
    const [, word] = /^(One|\d+) answers? (?:was|were) left out/.exec(message.text ?? '') ?? [];
    return sum + (word === undefined ? 0 : word === 'One' ? 1 : Number(word));
  }, 0);
  return { unanswered, leftOut };
};

/** Holds what the chats show against what ended and what was asked. */
export const checkTelling = (
  world: World,
  known: { readonly ends: readonly End[]; readonly kills: readonly Kill[]; readonly deeds: readonly Deed[] },
): Telling => {
  const sum = { ends: known.ends.length, againAfterCut: 0, againAfterKill: 0, commands: 0, leftOut: 0, givenUp: 0 };
  const breaches: string[] = [];
  for (const chatId of CHATS) {
    const tellers: Tellers = { sent: sentTo(world, chatId), kills: known.kills };
    const ends = checkEnds(
      tellers,
      known.ends.filter((end) => end.chatId === chatId),
    );
    const commands = known.deeds.filter((deed) => deed.chatId === chatId && deed.messageId !== undefined);
    const { unanswered, leftOut } = checkAnswers(tellers, commands);
    sum.againAfterCut += ends.again.cut;
    sum.againAfterKill += ends.again.kill;
    sum.commands += commands.length;
    sum.leftOut += leftOut;
    sum.givenUp += tellers.sent.filter(isGivenUp).length;
    breaches.push(...ends.breaches);
    for (const { verb, name, messageId } of unanswered.slice(leftOut))
      breaches.push(`/${verb} ${name} (message ${messageId} in chat ${chatId}) was not answered`);
  }
  return { ...sum, breaches };
};
