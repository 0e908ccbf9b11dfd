import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ggufHead } from '../../playground/hub/repos/file-head.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { embedderGguf, loadableGguf, talkingGguf } from '../checks/loadable.ts';
import { hasRuntime } from '../helpers/checks.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { killTalks, talkProcesses } from '../helpers/talk-processes.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const HELLO = ['▁Hello', ',', '▁I', '▁am', '▁here', '.'];
/** What would be mentions, commands, tags and markup, and characters that steer. */
const WILD = ['/remove', '▁all', '▁@bob', '▁#tag', '▁<b>', 'bold', '</b>', '\u202e', '\u0007', '▁end'];

const gguf = (id: string, content: Buffer) => defineRepo({ id, files: [{ path: 'tiny.F32.gguf', content }] });
const REPOS = [
  gguf('org/talks', talkingGguf(HELLO)),
  gguf('org/plain', talkingGguf(HELLO, { template: '' })),
  gguf('org/endless', talkingGguf(HELLO, { ending: 'hang' })),
  gguf('org/wild', talkingGguf(WILD)),
  gguf('org/vectors', embedderGguf()),
  gguf('org/lacks', loadableGguf({ without: 'llama.block_count' })),
  defineRepo({ id: 'org/rows', type: 'dataset', files: [{ path: 'rows.json', content: '[]' }] }),
  // Its header names no tensors.
  gguf('org/hollow', Buffer.concat([ggufHead(), Buffer.alloc(64)])),
  defineRepo({ id: 'org/text', files: [{ path: 'README.md', content: 'no model' }] }),
];

const clock = createRunningClock();
let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ hub: { repos: REPOS }, clock });
  for (const { id } of REPOS.slice(0, 6)) {
    await bench.say(`/add ${id}`);
    await bench.sees(new RegExp(`^${id} · completed`));
  }
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bench.store.users.setRole(BOB, 'member');
  bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
  await bench.say('/add org/talks', { userId: BOB });
  await bench.sees(/^org\/talks · completed/, BOB);
});
afterAll(() => bench?.close());

/** Says something and waits for what comes of it. */
const hears = async (said: string, answer: RegExp, userId = ANN): Promise<SimMessage> => {
  const before = bench.telegram.messages(userId).at(-1)?.message_id ?? 0;
  await bench.say(said, { userId });
  return bench.telegram.waitFor(() =>
    bench.shown(userId).find(({ message_id: id, text = '' }) => id > before && answer.test(text)),
  );
};
/** Waits for a draft of what is said now. */
const drafts = async (
  said: string,
  begin: string,
): Promise<{ readonly id: number; readonly text: string; readonly canStop: boolean }> => {
  const before = bench.telegram.draft(ANN)?.id ?? 0;
  await bench.say(said);
  return bench.telegram.waitFor(({ draft }) => {
    const now = draft(ANN);
    return now && now.id > before && now.text.startsWith(begin) ? now : undefined;
  });
};
const textOf = (chatId: number, messageId: number): string =>
  bench.shown(chatId).find(({ message_id: id }) => id === messageId)?.text ?? '';
const labels = (message: SimMessage): string[] =>
  message.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

describe.skipIf(!hasRuntime('gguf'))('/try', () => {
  it('opens a model, has it answer, and says how fast it was', async () => {
    await bench.say('/try org/talks');
    const ready = await bench.sees(/^org\/talks · ready/);
    expect(ready.text).toMatch(
      /^org\/talks · ready, tiny\.F32, loaded in (less than )?\d+\.\d s\nWrite what you want to say to it\.\n\/stop ends the talk\.$/,
    );
    await bench.say('Who are you?');
    const answer = await bench.sees(/^Hello, I am here\./);
    expect(answer.text).toMatch(
      /^Hello, I am here\.\ntiny\.F32 · first token after (less than )?\d+\.\d s( · [\d.,]+ tokens a second)?$/,
    );
    expect(answer.silent).toBe(true);
    expect(await bench.ask('/stop')).toBe('The talk with org/talks is over.');
    expect(await bench.ask('/stop')).toMatch(/^You are in no talk here\./);
  });

  it('says the first thing at once, and notes who talked to what, and nothing of what was said', async () => {
    await hears('/try org/talks Who are\n*you*?', /^Hello, I am here\./);
    await hears('my own words', /^Hello, I am here\./);
    const { found } = bench.store.activity.sliceOf({
      filter: {},
      since: '',
      direction: 'older',
      from: undefined,
      look: 50,
      most: 50,
    });
    const noted = JSON.stringify(found);
    expect(noted).toContain('"try"');
    expect(noted).not.toMatch(/you\*|my own/);
    await bench.say('/stop');
  });

  it('shows the answer growing as a draft, which its person may stop; the talk goes on', async () => {
    const draft = await drafts('/try org/endless Begin', 'Hello, I am here.');
    expect(draft).toMatchObject({ text: 'Hello, I am here.', canStop: true });
    expect(await bench.ask('and then?')).toBe(
      'What you said before is not answered yet. Stop that answer, or wait until it is there; /stop ends the talk.',
    );
    // What was answered has taken it away; it comes again, after a while in which the model writes on and on.
    clock.pass(5000);
    await bench.telegram.waitFor(({ draft: of }) => of(ANN)?.id === draft.id);
    bench.telegram.stopDraft(ANN, draft.id);
    const answer = await bench.sees(/^Hello, I am here\.\ntiny\.F32 · [^\n]* · stopped$/);
    expect(answer.edits).toBe(0);
    expect(bench.telegram.draft(ANN)).toBe(undefined);
    expect(bench.store.talks.talkOf(ANN, ANN)).toBeDefined();
    // Others are heard, and commands work.
    expect(await bench.ask('/queue')).toContain('Nothing is downloading');
    await drafts('Again', 'Hello');
    // What ends with it may be shown before the command is through.
    expect(await bench.ask('/cancel')).toMatch(/^$| · stopped\nThe talk with org\/endless is over\.$/);
    const last = await bench.sees(/ · stopped\nThe talk with org\/endless is over\.$/);
    expect(last.text).toMatch(/^Hello/);
    expect(await bench.ask('/cancel')).not.toMatch(/talk/);
  });

  it('takes what it writes for text, and nothing else', async () => {
    await bench.say('/try org/wild Hello');
    const answer = await bench.sees(/<b>bold<\/b>/);
    expect(answer.text?.split('\n')[0]).toBe('/\u2060remove all @\u2060bob #\u2060tag <b>bold</b> end');
    expect(answer.entities?.map(({ type }) => type)).toEqual(['italic']);
    expect(answer.link_preview_options).toEqual({ is_disabled: true });
    await bench.say('/stop');
  });

  it('goes on with a text where there is no template for talks, and says so', async () => {
    await bench.say('/try org/plain');
    await bench.sees(/^org\/plain · ready, [^\n]*\nWrite [^\n]*\nIt has no chat template/);
    await bench.say('Once');
    await bench.sees(/^Hello, I am here\.\ntiny\.F32 · no chat template · first token/);
    await bench.say('/stop');
  });

  it('compares two texts where a model makes numbers of them', async () => {
    await bench.say('/try org/vectors');
    await bench.sees(/^org\/vectors · ready, [^\n]*\nWrite [^\n]*\nIt makes numbers of texts/);
    await bench.say('a b c');
    await bench.sees('That is the first text. Write the second one.');
    await bench.say('a b c');
    await bench.sees(/^1\.00 of 1: nearly the same, as this model sees it\./);
    await bench.say('/stop');
  });

  it('has one talk at a time: who comes later waits, and is told how many are before', async () => {
    await hears('/try org/talks', /^org\/talks · ready/, BOB);
    await drafts('/try org/talks', 'org/talks · waits for its turn: 1 talk before this one');
    expect(bench.store.talks.openTalk()?.userId).toBe(BOB);
    // Who waits may leave, by the draft too.
    bench.telegram.stopDraft(ANN, bench.telegram.draft(ANN)?.id ?? 0);
    await bench.sees('Left. The talk with org/talks is over.');
    await drafts('/try org/talks Now', 'org/talks · waits for its turn');
    const isOver = (): boolean => {
      clock.pass(5000);
      return bench.store.talks.openTalk()?.userId === ANN;
    };
    await expect.poll(isOver, { timeout: 60_000 }).toBe(true);
    await bench.sees(
      'The talk with org/talks is over: others wait for their turn. /try #' +
        `${bench.store.models.getModelByName(BOB, 'org/talks')?.id} begins another.`,
      BOB,
    );
    await expect.poll(() => bench.store.talks.openTalk()?.userId).toBe(ANN);
    await expect.poll(() => bench.shown().at(-1)?.text, { timeout: 60_000 }).toMatch(/^Hello, I am here\./);
    await bench.say('/stop');
  });

  it('is over after ten minutes without a word, and gives the memory back', async () => {
    await hears('/try org/talks', /^org\/talks · ready/);
    clock.pass(9 * 60_000);
    await hears('Still here', /^Hello, I am here\./);
    expect(talkProcesses()).toHaveLength(1);
    clock.pass(10 * 60_000);
    await bench.sees('is over: nothing was said for ten minutes, and its memory is free again.');
    await expect.poll(talkProcesses, { timeout: 60_000 }).toEqual([]);
    expect(bench.store.talks.talkOf(ANN, ANN)).toBe(undefined);
  });

  it('outlives the end of a model, in the middle of an answer and between two', async () => {
    await drafts('/try org/endless Begin', 'Hello');
    killTalks();
    await bench.sees(
      /^tiny\.F32\.gguf was ended by the system, as it does where memory runs out\. The talk with org\/endless is over\./,
    );
    await hears('/try org/talks One', /^Hello, I am here\./);
    killTalks();
    await bench.say('Two');
    const answer = await bench.sees('It was opened anew: what was said before it does not know.');
    expect(answer.text).toMatch(/^Hello/);
    await bench.say('/stop');
  });

  it('says what llama.cpp refuses', async () => {
    await bench.say('/try org/lacks');
    await bench.sees(
      /^tiny\.F32\.gguf is refused by llama\.cpp: [^\n]*llama\.block_count\. The talk with org\/lacks is over\./,
    );
  });

  it('edits a message where Telegram takes no drafts, as an older server', async () => {
    bench.telegram.setFault({ method: 'sendMessageDraft', kind: '404', times: Infinity });
    await bench.say('/try org/endless Begin');
    const growing = await bench.sees(/^Hello, I am here\.$/);
    expect(labels(growing)).toEqual(['Stop']);
    expect(growing.silent).toBe(true);
    expect(await bench.press(growing, 'Stop')).toBe('Stopped.');
    await bench.telegram.waitFor(() => textOf(ANN, growing.message_id).endsWith(' · stopped'));
    expect(await bench.press(growing, 'Stop').catch(() => 'gone')).toBe('gone');
    bench.telegram.clearFaults();
    await bench.say('/stop');
  });
});

describe.skipIf(!hasRuntime('gguf'))('/try in a group', () => {
  const CLEO = 1003;
  const GROUP = -1001234567890;

  it('edits one message, which who asked and who manages the group may stop', async () => {
    bench.telegram.addUser({ id: CLEO, firstName: 'Cleo', username: 'cleo', started: true });
    bench.telegram.addGroup({
      id: GROUP,
      title: 'Lab',
      members: [ANN, BOB, CLEO],
      type: 'supergroup',
      bot: 'administrator',
    });
    await bench.say('/start', { chatId: GROUP });
    await bench.say('/add org/endless', { chatId: GROUP });
    await bench.sees(/^org\/endless · completed/, GROUP);
    await bench.say('/try org/endless Begin', { userId: BOB, chatId: GROUP });
    const growing = await bench.sees(/^Hello, I am here\.$/, GROUP);
    expect(growing.reply_to_message?.text).toBe('/try org/endless Begin');
    expect(growing.silent).toBe(true);
    const other = { userId: CLEO, chatId: GROUP };
    expect(await bench.press(growing, 'Stop', other)).toBe('Who asked can stop it, and who manages this chat.');
    const turn = bench.store.talks.listTurns(1)[0]?.id ?? 0;
    const forged = bench.telegram.pressForged(
      CLEO,
      CLEO,
      bench.telegram.say(CLEO, CLEO, 'hi').message_id,
      `stopTalk:${turn}`,
    );
    await expect.poll(() => bench.telegram.answers.some(({ callbackQueryId: id }) => id === forged)).toBe(true);
    expect(bench.store.talks.getTurn(turn)?.outcome).toBe(null);
    // What somebody else says, and what is said to somebody else, is not for the model.
    expect(await bench.ask('Nice', other)).toBe('');
    expect(await bench.press(growing, 'Stop', { userId: BOB, chatId: GROUP })).toBe('Stopped.');
    await bench.telegram.waitFor(() => textOf(GROUP, growing.message_id).endsWith(' · stopped'));
    const said = bench.telegram.say(CLEO, GROUP, 'What do you think?');
    expect(await bench.ask('I like it', { userId: BOB, chatId: GROUP }, { replyTo: said.message_id })).toBe('');
    expect(bench.store.talks.listTurns(1)).toEqual([]);
    expect(await bench.ask('/stop', { userId: BOB, chatId: GROUP })).toBe('The talk with org/endless is over.');
  });
});

describe('/try', () => {
  it('is refused of what is not here, of datasets, and of what llama.cpp does not load', async () => {
    const waits = bench.put('org/waits', 'paused');
    expect(await bench.ask(`/try #${waits}`)).toBe('org/waits is paused: it can be talked to when it is complete.');
    await bench.say('/add datasets/org/rows');
    await bench.sees(/org\/rows · completed/);
    expect(await bench.ask('/try rows')).toContain('datasets/org/rows is a dataset: only models can be talked to.');
    await bench.say('/add org/text');
    await bench.sees(/^org\/text · completed/);
    await bench.say('/try org/text');
    await bench.sees('org/text has no GGUF file, and only those can be talked to.');
    expect(bench.store.talks.talkOf(ANN, ANN)).toBe(undefined);
  });

  it('offers without a name what can be talked to, and nothing else', async () => {
    await bench.say('/add org/text');
    await bench.sees(/^org\/text · completed/);
    await bench.say('/add org/hollow init=true');
    await bench.sees(/^org\/hollow · completed[^]*\nWhole: /);
    await bench.say('/try');
    const question = await bench.sees('Which one?');
    const offered = labels(question);
    expect(offered.length).toBeGreaterThan(1);
    expect(offered.filter((label) => /org\/(?:text|hollow)/.test(label))).toEqual([]);
  });

  it('tells whom a restart has interrupted', async () => {
    const modelId = bench.store.models.getModelByName(ANN, 'org/talks')?.id ?? 0;
    const talker = { chatId: ANN, userId: ANN, threadId: null, modelId };
    const { id: talkId } = bench.store.talks.createTalk(talker);
    const wish = { ...talker, talkId, replyTo: null, updateId: 1, asked: 'Hi' };
    expect(bench.store.talks.createTurn(wish, { kind: 'interrupted' })).toBe(true);
    expect(bench.store.talks.createTurn(wish)).toBe(false);
    await bench.sees('I was restarted before org/talks had answered. Write it once more');
    expect(await bench.ask('/stop')).toBe('The talk with org/talks is over.');
  });

  it('is switched off by the owner, also for who talks already', async () => {
    const modelId = bench.store.models.getModelByName(BOB, 'org/talks')?.id ?? 0;
    bench.store.talks.createTalk({ chatId: BOB, userId: BOB, threadId: null, modelId });
    expect(await bench.ask('/config set try off')).toBe('try is false now. It was true.');
    await bench.sees('The talk with org/talks is over: the owner of this bot has switched talks off.', BOB);
    expect(await bench.ask('/try org/talks')).toBe('The owner of this bot has switched talks with models off.');
    await bench.say('/config reset try');
  });

  it('is for members: viewers look only, and who becomes one talks no more', async () => {
    const modelId = bench.store.models.getModelByName(BOB, 'org/talks')?.id ?? 0;
    bench.settings.setSystem('paused_all', 'false');
    bench.store.users.setRole(BOB, 'viewer');
    expect(await bench.ask('/try org/talks', { userId: BOB })).toMatch(/it is for members\./);
    const { id } = bench.store.talks.createTalk({ chatId: BOB, userId: BOB, threadId: null, modelId });
    expect(await bench.ask('Hello', { userId: BOB })).toMatch(/^You may look at all that is here/);
    expect(bench.store.talks.getTalk(id)).toBe(undefined);
  });
});
