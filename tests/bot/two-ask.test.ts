import { expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { DEFAULT_SELECTION } from '../../src/domain/files/selection.ts';
import { insertModel } from '../../src/library/adding/insertion/insert.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';
import { noLimits } from '../helpers/quotas.ts';
import { queueSaying } from '../helpers/queue.ts';

const queue = queueSaying(true);

/** What a look-up found, put into the library. */
const insert = ({ store }: Talk, request: AddRequest): void => {
  const files = ['config.json', 'model.safetensors'].map((path) => ({ path, size: 1000, etag: 'a'.repeat(40) }));
  const about = { private: false, license: undefined, pipelineTag: undefined, libraryName: undefined, tags: [] };
  const listing = { type: 'model', id: 'gpt2', canonicalId: 'gpt2', commit: 'c'.repeat(40), gated: false } as const;
  const space = { freeBytes: 5000, missingBytes: 1000 };
  const ref = { type: 'model', id: 'gpt2' } as const;
  insertModel(
    { store, queue, limits: noLimits(store), log: silentLog },
    {
      request,
      from: 'looking_up',
      listing: { ...listing, ...about, lastModified: undefined },
      selection: DEFAULT_SELECTION,
      files,
      sizeBytes: 1000,
      ref,
      space,
      target: { hostId: 1, isSaid: false },
    },
  );
};

const ask = ({ store, telegram }: Talk, userId: number, chatId: number): AddRequest => {
  const { message_id: messageId } = telegram.say(userId, chatId, '/add@hubgram_bot gpt2');
  const about = { chatId, userId, threadId: null, messageId, ref: 'gpt2', options: {} };
  return store.addRequests.createAddRequest(about).request;
};

it('two people who add the same model in the same second both get an answer, and both are named at the end', async () => {
  const talk = await openTalk();
  const { store, telegram } = talk;
  const group = telegram.addGroup({ title: 'Lab', type: 'supergroup', members: [ANN, BOB] }).id;
  for (const [userId, firstName] of [
    [ANN, 'Ann'],
    [BOB, 'Bob'],
  ] as const)
    store.users.upsertUser({ userId, firstName, username: null });
  const asked = [ask(talk, ANN, group), ask(talk, BOB, group)] as const;
  for (const request of asked) insert(talk, request);
  await talk.within(5, () => talk.shown(group).length === 2);
  expect(talk.shown(group).map((message) => message.reply_to_message?.message_id)).toEqual(
    asked.map(({ messageId }) => messageId),
  );
  const model = store.models.getModelByName(group, 'gpt2');
  if (!model) throw new Error('no model');
  talk.end(model, 'completed');
  await talk.within(5, () => talk.shown(group).length === 3);
  expect(talk.shown(group).at(-1)?.text).toMatch(/ready to load.*\nFor Ann, Bob$/);
});

it('somebody who asks twice before the first answer gets two answers', async () => {
  const talk = await openTalk();
  const asked = [ask(talk, ANN, ANN), ask(talk, ANN, ANN)];
  for (const request of asked) insert(talk, request);
  await talk.within(5, () => talk.shown(ANN).length === 2);
  expect(talk.shown(ANN).map(({ text }) => text?.split('\n')[0])).toEqual([
    'gpt2 · pending',
    'gpt2 · already in this library',
  ]);
});
