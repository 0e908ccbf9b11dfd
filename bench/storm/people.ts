/** People who add, pause, resume, cancel and try again at random; what they did is kept, to be held against what came of it. */
import type { SampleRepo } from '../../playground/hub/repos/sample-repo.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import type { Dice } from '../../tests/helpers/dice.ts';
import { ANN, type World } from '../../tests/helpers/world.ts';
import { nextKind, type Wanted, wantedOf } from './models.ts';

export const PEOPLE = [ANN, 2001, 2002, 2003];
export const GROUP = -1_000_000_007;
export const CHATS = [...PEOPLE, GROUP];

export interface Added extends Wanted {
  readonly chatId: number;
  readonly messageId: number;
}

/** Something said or pressed that may move a model, in the order in which Telegram gives it to the bot. */
export interface Deed {
  readonly chatId: number;
  /** `yes` confirms a cancel. */
  readonly verb: 'pause' | 'resume' | 'download' | 'retry' | 'cancel' | 'yes' | 'first' | 'priority';
  /** `*`: all of the chat. */
  readonly name: string;
  /** Of what was said; undefined for a button. */
  readonly messageId?: number;
  /** Of a button: the callback query. */
  readonly tapId?: string;
}

export interface People {
  readonly added: readonly Added[];
  readonly deeds: readonly Deed[];
  readonly repos: ReadonlyMap<string, SampleRepo>;
  readonly addBig: () => void;
  /** Adds one; in one of three cases in two chats. */
  readonly add: () => void;
  /** Does anything else. */
  readonly act: () => void;
  /** Answers every open question of the bot. @returns how many there were */
  readonly answerAll: () => number;
  readonly say: (chatId: number, verb: Deed['verb'], name: string) => void;
}

/** Models that a person still thinks of. */
const RECENT = 8;
/** Messages that a person still sees. */
const CARDS = 20;
const VERBS = ['pause', 'pause', 'resume', 'resume', 'retry', 'cancel', 'download', 'first', 'priority'] as const;
const LABELS: Readonly<Record<string, Deed['verb']>> = {
  Pause: 'pause',
  Resume: 'resume',
  'Download again': 'resume',
  'Try again': 'retry',
  'Start now': 'download',
  'Yes, cancel': 'yes',
};
const NAME = /storm\/[a-z]+-\d{5}/;

const buttonsOf = (message: SimMessage): string[] =>
  (message.reply_markup?.inline_keyboard ?? []).flat().flatMap(({ text, callback_data: data }) => (data ? [text] : []));

const isQuestion = (message: SimMessage): boolean =>
  /· which one\?/.test(message.text ?? '') || buttonsOf(message).includes('Yes, cancel');

/** Those who live in this world. */
export const createPeople = (world: World, dice: Dice): People => {
  const { telegram } = world;
  const added: Added[] = [];
  const deeds: Deed[] = [];
  const repos = new Map<string, SampleRepo>();

  const openIn = (chatId: number): SimMessage[] => world.shown(chatId).filter(isQuestion);

  const personIn = (chatId: number): number => (chatId < 0 ? (PEOPLE[dice(2)] ?? ANN) : chatId);
  const type = (chatId: number, command: string, rest: string): number =>
    telegram.say(personIn(chatId), chatId, `/${command}${chatId < 0 ? '@hubgram_bot' : ''} ${rest}`).message_id;

  const ask = (chatId: number, wanted: Wanted): void => {
    added.push({ ...wanted, chatId, messageId: type(chatId, 'add', wanted.ref) });
  };

  const say = (chatId: number, verb: Deed['verb'], name: string): void => {
    const what = name === '*' ? 'all' : name;
    const rest = verb === 'priority' ? `${what} ${['high', 'medium', 'low'][dice(3)]}` : what;
    deeds.push({ chatId, verb, name, messageId: type(chatId, verb, rest) });
  };

  const press = (chatId: number, message: SimMessage, label: string): void => {
    const verb = LABELS[label];
    const name = NAME.exec(message.text ?? '')?.[0];
    const tapId = telegram.press(personIn(chatId), chatId, message.message_id, label);
    if (verb && name !== undefined) deeds.push({ chatId, verb, name, tapId });
  };

  /** The quant of a picker, or whether a cancel was meant. */
  const answerQuestion = (chatId: number, message: SimMessage): void => {
    const labels = buttonsOf(message);
    const wanted = labels.filter((label) => label !== 'Leave it' || dice(6) === 0);
    const label = wanted[dice(wanted.length)];
    if (label !== undefined) press(chatId, message, label);
  };

  const pressSomething = (chatId: number): void => {
    const shown = world.shown(chatId);
    const [question] = openIn(chatId);
    if (question) {
      answerQuestion(chatId, question);
      return;
    }
    const cards = shown.slice(-CARDS).filter((message) => buttonsOf(message).some((label) => label in LABELS));
    const card = cards[dice(cards.length)];
    const labels = card ? buttonsOf(card).filter((label) => label in LABELS) : [];
    const label = labels[dice(labels.length)];
    if (card && label !== undefined) press(chatId, card, label);
  };

  const someChat = (): number => CHATS[dice(CHATS.length)] ?? ANN;

  const put = (wanted: Wanted): void => {
    world.hub.addRepo(wanted.repo);
    repos.set(wanted.name, wanted.repo);
  };

  return {
    added,
    deeds,
    repos,
    addBig: () => {
      const big = wantedOf('big', 0, dice);
      put(big);
      ask(ANN, big);
    },
    add: () => {
      const wanted = wantedOf(nextKind(dice), repos.size, dice);
      put(wanted);
      const first = someChat();
      ask(first, wanted);
      const second = someChat();
      if (second !== first && dice(3) === 0) ask(second, wanted);
    },
    act: () => {
      const chatId = someChat();
      if (dice(2) === 0) {
        pressSomething(chatId);
        return;
      }
      const own = added.filter((one) => one.chatId === chatId && !one.name.includes('big')).slice(-RECENT);
      const one = own[dice(own.length)];
      if (one) say(chatId, VERBS[dice(VERBS.length)] ?? 'resume', dice(12) === 0 ? '*' : one.name);
    },
    answerAll: () => {
      const open = CHATS.flatMap((chatId) => openIn(chatId).map((message) => [chatId, message] as const));
      for (const [chatId, message] of open) answerQuestion(chatId, message);
      return open.length;
    },
    say,
  };
};
