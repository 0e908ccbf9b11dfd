import { Api } from 'grammy';
import { expect, it, onTestFinished } from 'vitest';
import { startTalkSending } from '../../src/bot/outbox/talks/send-talks.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Live, TalkDesk } from '../../src/library/talks/talks.ts';
import { ANN, openTalk, type Talk } from './talk.ts';

const GROUP = -1_001_234_567_890;
const PATIENT = { interval: 10, timeout: 60_000 } as const;
const YEAR_MS = 365 * 24 * 3_600_000;

interface Sending extends Pick<Talk, 'store' | 'clock' | 'telegram' | 'trouble' | 'shown'> {
  /** What is being said in the group is this much by now. */
  readonly writes: (text: string) => void;
}

/** A turn of a talk in a group, and what sends it. */
const begin = async (): Promise<Sending> => {
  const talk = await openTalk();
  const { store, clock, budget, telegram } = talk;
  telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN], type: 'supergroup', bot: 'administrator' });
  store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
  const talker = { chatId: GROUP, userId: ANN, threadId: null, modelId: talk.add(GROUP, 'org/tiny').id };
  const { id: talkId } = store.talks.createTalk(talker);
  store.talks.createTurn({ ...talker, talkId, replyTo: null, updateId: 1, asked: 'Hello' });
  let live: Live = { phase: 'writing', text: 'One' };
  const talks = { live: ({ outcome }) => (outcome === null ? live : undefined) } as Pick<TalkDesk, 'live'> as TalkDesk;
  const api = new Api(telegram.token, { apiRoot: telegram.apiRoot });
  const sending = startTalkSending({ api, store, talks, budget, clock, log: silentLog });
  onTestFinished(sending.close);
  return {
    ...talk,
    writes: (text) => {
      live = { phase: 'writing', text };
    },
  };
};

const written = ({ shown }: Sending): readonly (string | undefined)[] =>
  shown(GROUP)
    .map(({ text }) => text)
    .filter((text) => /^(?:One|Two|Three)/.test(text ?? ''));

/** Waits until that is all that is written there, while time goes by. */
const shows = (sending: Sending, texts: readonly string[]): Promise<void> =>
  expect
    .poll(() => {
      // As much as the budget of a group wants to have between two edits.
      sending.clock.pass(2000);
      return written(sending);
    }, PATIENT)
    .toEqual(texts);

it('what a model writes grows in one message, also while nothing can be written down', async () => {
  const sending = await begin();
  sending.trouble('SQLITE_FULL');
  await shows(sending, ['One']);
  sending.writes('Two');
  await shows(sending, ['Two']);
  sending.trouble(undefined);
  await expect.poll(() => sending.store.talks.listTurns(1)[0]?.messageId, PATIENT).toEqual(expect.any(Number));
  sending.writes('Three');
  await shows(sending, ['Three']);
});

it('what a model wrote and did not get through is sent, though the clock was set back by a year', async () => {
  const sending = await begin();
  const { store, clock, telegram } = sending;
  await shows(sending, ['One']);
  telegram.setFault({ method: 'editMessageText', kind: '502html', times: 1 });
  store.talks.settleTurn(1, { kind: 'left' });
  const attempts = () => {
    clock.pass(1000);
    return store.talks.listTurns(1)[0]?.attempts;
  };
  await expect.poll(attempts, PATIENT).toBe(1);
  clock.turn(-YEAR_MS);
  const isOver = () => {
    clock.pass(1000);
    return store.talks.listTurns(1).length;
  };
  await expect.poll(isOver, PATIENT).toBe(0);
});
