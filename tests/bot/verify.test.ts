import { closeSync, openSync, readdirSync, readSync, realpathSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const NAME = 'sample/tiny-llama';
const GROUP = -1_001_000_000_077;

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot();
  await bench.say(`/add ${NAME}`);
  await bench.sees(/^sample\/tiny-llama · completed/);
});
afterAll(() => bench?.close());

const model = () => bench.store.models.getModelByName(ANN, NAME);
const folder = (): string => model()?.downloadPath ?? '';
const paths = (): string[] => readdirSync(folder()).toSorted();
const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

/** Changes the last byte of the file behind a path of the snapshot. */
const damage = (path: string): void => {
  const real = realpathSync(join(folder(), path));
  const file = openSync(real, 'r+');
  const [byte, at] = [Buffer.alloc(1), statSync(real).size - 1];
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  closeSync(file);
};

describe('/verify', () => {
  it('shows in a message of its own that all files are right, how much was read, and how long it took', async () => {
    await bench.say(`/verify ${NAME}`);
    const card = await bench.sees(/^sample\/tiny-llama · verified/);
    expect(card.text).toMatch(
      new RegExp(
        `^sample/tiny-llama · verified\nAll ${paths().length} files are right \\([\\d.]+ [kM]B read(?: in \\d+ s)?\\)\\.$`,
      ),
    );
    expect(labels(card)).toEqual([]);
    expect(card.reply_to_message?.message_id).toBeGreaterThan(0);
  });

  it('names what is broken and what is missing and has it fetched again', async () => {
    const [first = '', second = ''] = paths();
    damage(first);
    rmSync(realpathSync(join(folder(), second)));
    await bench.say('/verify all');
    const card = await bench.sees(/^sample\/tiny-llama · files damaged/);
    expect(card.text?.split('\n').slice(1)).toEqual([
      `1 of ${paths().length} files is broken: ${first}`,
      `1 of ${paths().length} files is missing: ${second}`,
      expect.stringMatching(/read(?: in \d+ s)?\. What is broken or missing is fetched again, and nothing else\.$/),
    ]);
    await expect.poll(() => model()?.status).toBe('completed');
    const { message_id: last } = bench.shown().at(-1) ?? { message_id: 0 };
    await bench.say('/verify');
    await expect
      .poll(() => bench.shown().find(({ message_id: id, text = '' }) => id > last && /· verified\nAll/.test(text)))
      .toBeDefined();
  });

  it('has a button under the details of what is complete, and no other', async () => {
    const [, ...rest] = await bench.say(`/model ${NAME}`);
    expect(rest).toEqual([]);
    const card = await bench.sees(/^sample\/tiny-llama · completed/);
    await bench.press(
      bench.shown().findLast(({ text = '' }) => text.startsWith(`${NAME} · completed`)) ?? card,
      'Details',
    );
    const details = await bench.sees(/\nRepository sample\/tiny-llama/);
    expect(labels(details)).toContain('Verify');
    const before = bench.shown().length;
    expect(await bench.press(details, 'Verify')).toBe(undefined);
    await expect.poll(() => bench.shown().length).toBe(before + 1);
    await expect.poll(() => bench.shown().at(-1)?.text).toMatch(/^sample\/tiny-llama · verified/);
    const waits = bench.put('org/waits', 'paused');
    expect(await bench.ask(`/verify #${waits}`)).toBe(
      'org/waits is paused: what has arrived is verified when it is complete.',
    );
  });

  it('says in passing why not as far as Telegram takes it, however long the name is', async () => {
    const long = bench.put(`${'o'.repeat(90)}/${'n'.repeat(96)}`, 'paused');
    const { message_id: message } = bench.telegram.say(ANN, ANN, 'hello');
    const pressed = bench.telegram.pressForged(ANN, ANN, message, `verify:${long}`);
    await expect
      .poll(() => bench.telegram.answers.find(({ callbackQueryId: id }) => id === pressed)?.text)
      .toMatch(/^o{90}\/n{96} is paused.*…$/);
    bench.store.models.removeModel(long);
  });

  it('asks which one it is where it may be several, and says so where there is none', async () => {
    bench.put('org/other', 'completed');
    const [question] = await bench.say('/verify');
    expect(question?.text).toBe('Which one?');
    expect(labels(question)).toHaveLength(2);
    bench.telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    bench.store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
    bench.store.chats.setAccess(GROUP, 'approved');
    const place = { chatId: GROUP, userId: ANN };
    expect(await bench.ask('/verify all', place)).toMatch(/^Nothing is here completely yet/);
    expect(await bench.ask('/verify', place)).toMatch(/^Nothing is here completely yet/);
  });

  it('is left by nobody of another chat', async () => {
    const wish = bench.store.verifications.createVerification({
      chatId: ANN,
      userId: ANN,
      threadId: null,
      messageId: null,
      updateId: 1,
    });
    const message = bench.telegram.say(ANN, GROUP, 'hello');
    const pressed = bench.telegram.pressForged(ANN, GROUP, message.message_id, `unverify:${wish?.id}`);
    await expect
      .poll(() => bench.telegram.answers.find(({ callbackQueryId: id }) => id === pressed)?.text)
      .toBe('That belongs to another chat, or is gone.');
    expect(bench.store.verifications.getVerification(wish?.id ?? 0)?.state).toBe('reading');
    const card = await bench.sees(/^\d models · verifying\n/);
    expect(labels(card)).toEqual(['Cancel']);
    expect(await bench.press(card, 'Cancel')).toBe('Left. What was found until then is on the cards.');
    await bench.sees(/^\d models · verification cancelled\nNothing was read to its end\.$/);
  });
});
