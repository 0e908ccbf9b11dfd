import { describe, expect, it } from 'vitest';
import { verificationCard as cardAt } from '../../src/bot/board/verification/card.ts';
import { messageParameters } from '../../src/bot/ui/text.ts';
import { findingOf, type ItemState } from '../../src/domain/verification.ts';
import type { ItemView, VerificationView } from '../../src/library/verifying/verification-view.ts';
import { sampleModel, shown } from './samples.ts';
import { openTalk } from './talk.ts';
import { ANN, BOB } from './setup.ts';

const TIMES = { timezone: 'UTC', now: Date.UTC(2026, 10, 21, 12) };
const verificationCard = (of: VerificationView) => cardAt(of, TIMES);

const view = (
  state: VerificationView['verification']['state'],
  counts: Partial<Record<ItemState, number>>,
  more: Partial<VerificationView> = {},
): VerificationView => ({
  verification: {
    id: 7,
    chatId: 1,
    userId: 1,
    threadId: null,
    messageId: 3,
    cardMessageId: null,
    purpose: 'verify',
    state,
    settled: false,
    wish: null,
    listed: true,
    errorMessage: null,
    createdAt: '2026-11-21T12:00:00.000Z',
    updatedAt: '2026-11-21T12:00:00.000Z',
  },
  items: Object.values(counts).reduce((sum, count) => sum + count, 0),
  count: (of) => counts[of] ?? 0,
  rightFiles: 340,
  bytes: 5_200_000_000,
  tookMs: 40_000,
  only: undefined,
  reading: undefined,
  awaits: [],
  faulty: [],
  ...more,
});

const item = (state: ItemState, name: string, more: Partial<ItemView['item']> = {}): ItemView => ({
  item: {
    id: 1,
    verificationId: 7,
    copyId: 1,
    repoType: null,
    name: null,
    commitSha: null,
    revision: null,
    hostId: null,
    modelId: 1,
    state,
    files: 12,
    bytes: 5_200_000_000,
    tookMs: 40_000,
    finding: null,
    ...more,
  },
  model: sampleModel({ name }),
  hostName: null,
});

describe('the message of a verification', () => {
  it('says of which machines it waits for that they are away, and of nothing else that it is read', () => {
    const away = { kind: 'host_away', host: 'nas', since: Date.UTC(2026, 10, 21, 9, 4), by: undefined } as const;
    const said = (awaits: VerificationView['awaits']): string =>
      shown(verificationCard(view('reading', { waiting: 2 }, { awaits })));
    expect(said([away])).toContain('\nnas is away since 09:04.\nIt is read when nas is back.\n');
    expect(said([{ ...away, by: 'no_redis' }])).toContain('\nRedis does not answer, and nas is reached by it alone.\n');
    for (const awaits of [[away], [{ ...away, host: 'gpu' }, away]])
      expect(said(awaits)).not.toContain('are being read');
  });

  it('says what is read now, and how far it is', () => {
    const reading = {
      ...item('waiting', 'gpt2'),
      state: {
        bytesTotal: 5_200_000_000,
        bytesDone: 2_600_000_000,
        filesTotal: 12,
        filesDone: 4,
        currentFile: 'a\u202Eb',
      },
    };
    expect(shown(verificationCard(view('reading', { waiting: 2, right: 1 }, { reading })))).toMatchInlineSnapshot(`
      "3 models · verifying
      1 of 3 are done
      Reading gpt2
      ███████░░░░░░░ 50 %
      2.6 GB of 5.2 GB
      File 5 of 12: a b
      [Cancel]"
    `);
    expect(shown(verificationCard(view('reading', { waiting: 1 }, { only: reading })))).toMatchInlineSnapshot(`
      "gpt2 · verifying
      Waits for its turn: other files are being read.
      [Cancel]"
    `);
  });

  it('says what was found, of one and of many', () => {
    const right = item('right', 'gpt2');
    expect(shown(verificationCard(view('done', { right: 1 }, { only: right })))).toMatchInlineSnapshot(`
      "gpt2 · verified
      All 12 files are right (5.2 GB read in 40 s)."
    `);
    const faulty = [
      item('mending', 'org/broken', { finding: findingOf(['b.json'], ['a.safetensors', 'c.safetensors']) }),
      item('refused', 'org/closed', { finding: findingOf([], [], { refusal: 'The disk does not give it.' }) }),
    ];
    const many = view('done', { right: 10, mending: 1, refused: 1, left_out: 2 }, { faulty });
    expect(shown(verificationCard(many))).toMatchInlineSnapshot(`
      "14 models · files damaged
      340 files of 10 models are right (5.2 GB read in 40 s).
      What is broken or missing is fetched again, and nothing else.
      2 models were left out: gone from the library, or being downloaded.
      org/broken · 2 of 12 files are broken: a.safetensors, c.safetensors; 1 of 12 files is missing: b.json
      org/closed · The disk does not give it."
    `);
  });

  it('stays within what Telegram takes, whatever repositories call their files', () => {
    const paths = Array.from({ length: 5 }, (_, index) => `${index}${'é\u2028'.repeat(400)}`);
    const faulty = Array.from({ length: 10 }, () =>
      item('mending', `org/${'n'.repeat(96)}`, { finding: findingOf(paths, paths), files: 1e5 }),
    );
    const { text, look } = messageParameters(verificationCard(view('done', { mending: 5000 }, { faulty })));
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text.split('\n')[0]).toBe('5,000 models · files damaged');
    expect(look.entities.length).toBeLessThan(100);
  });
});

it('what lasted is told by a message that replies to the one which showed it, and comes after that', async () => {
  const talk = await openTalk();
  const { store } = talk;
  const { id } = talk.add(ANN, 'org/name');
  store.models.moveModel(id, 'pending', 'downloading');
  store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
  const wish = { chatId: ANN, userId: ANN, threadId: null, messageId: null, updateId: 5 };
  const verificationId = store.verifications.createVerification(wish)?.id ?? 0;
  const [waiting] = store.verifications.nextItems([]);
  store.verifications.settleItem(waiting?.id ?? 0, 'right', { files: 1, bytes: 1000, tookMs: 90_000 });
  store.verifications.moveVerification(verificationId, 'reading', 'done');
  store.outbox.addNotice({ chatId: ANN, kind: 'verified', payload: { verificationId } });
  const ended = /^org\/name · verified\nIts file is right \(1 kB read in 1 min 30 s\)\.$/;
  await talk.within(30, () => talk.shown(ANN).filter(({ text = '' }) => ended.test(text)).length === 2);
  const [first, second] = talk.shown(ANN).filter(({ text = '' }) => ended.test(text));
  expect(second?.reply_to_message?.message_id).toBe(first?.message_id);
});

it('what the monthly round has found is told to an owner in a chat of their own, and to nobody else', async () => {
  const talk = await openTalk();
  const { store } = talk;
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  store.users.setRole(ANN, 'owner');
  const models = ['org/one', 'org/two'].map((name, index) => talk.add(BOB + index, name));
  for (const { id } of models) {
    store.models.moveModel(id, 'pending', 'downloading');
    store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
  }
  store.verifications.createRound();
  const verificationId = store.verifications.nextItems([])[0]?.verificationId ?? 0;
  const [first, second] = store.verifications.itemsIn(verificationId, ['waiting'], 9);
  store.verifications.settleItem(first?.id ?? 0, 'right', { files: 1, bytes: 1000, tookMs: 5000 });
  const finding = findingOf([], ['model.safetensors']);
  store.verifications.settleItem(second?.id ?? 0, 'mending', { files: 1, bytes: 1000, tookMs: 5000, finding });
  store.verifications.moveVerification(verificationId, 'reading', 'done');
  for (const chatId of [ANN, BOB]) store.outbox.addNotice({ chatId, kind: 'verified', payload: { verificationId } });
  const { text } = await talk.sees(ANN, /^Monthly reading of 2 models · files damaged/);
  expect(text?.split('\n').slice(1)).toEqual([
    '1 file of 1 model is right (2 kB read in 10 s).',
    'What is broken or missing is fetched again, and nothing else.',
    'org/two · 1 of 1 file is broken: model.safetensors',
  ]);
  await talk.within(30, () => store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 9).length === 0);
  expect(talk.shown(BOB).filter((message) => /Monthly/.test(message.text ?? ''))).toEqual([]);
});
