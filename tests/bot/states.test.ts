import { describe, expect, it } from 'vitest';
import { waitingText, waitingWords } from '../../src/bot/ui/waiting.ts';
import type { Waiting } from '../../src/domain/waiting.ts';
import { NOW, sampleCard, sampleFile, sampleModel, sampleSession, sampleSnapshot, shown } from './samples.ts';

const TURN = { kind: 'turn', position: 2, startsInMs: undefined, wasInterrupted: false } as const;
const NIGHTLY = { kind: 'schedule', name: 'nightly', opensAt: NOW + 35 * 3_600_000, hasBegun: false } as const;

describe('a card of what waits', () => {
  const kept = { bytesDownloaded: 341_000_000 };

  it('in the queue', () => {
    expect(shown(sampleCard({ waiting: { ...TURN, position: 1, startsInMs: 250_000 } }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      Next in the queue · starts in about 4 min
      551 MB in 8 files · leaves 80 GB free
      Licence mit
      [Pause] [Cancel (danger)]
      [Details]"
    `);
    expect(shown(sampleCard({ waiting: { kind: 'held' } }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      The owner of this bot holds all downloads.
      551 MB in 8 files · leaves 80 GB free
      Licence mit
      [Pause] [Cancel (danger)]
      [Details]"
    `);
  });

  it('for access to a gated repository', () => {
    const waiting = {
      kind: 'access',
      code: 'gated',
      why: 'The model gpt2 is gated. Accept its terms at https://hub.test/gpt2.',
      page: 'https://hub.test/gpt2',
    } as const;
    expect(shown(sampleCard({ waiting, session: sampleSession(kept) }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      The model gpt2 is gated. Accept its terms at https://hub.test/gpt2. For a day I look by myself whether I may read it, and go on when I may.
      61 % is here: 341 MB of 551 MB
      Licence mit
      [Open its page]
      [I accepted, try again (primary)] [Pause] [Cancel (danger)]
      [Details]"
    `);
  });

  it('to go on after a passing fault, after a restart, and for room', () => {
    const session = sampleSession(kept);
    const backoff = { kind: 'backoff', until: NOW + 41_000, why: 'The Hub is busy.' } as const;
    expect(shown(sampleCard({ waiting: backoff, session }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      The Hub is busy. Trying again in 41 s.
      61 % is here: 341 MB of 551 MB
      Licence mit
      [Start now (primary)] [Pause] [Cancel (danger)]
      [Details]"
    `);
    expect(shown(sampleCard({ waiting: { ...TURN, wasInterrupted: true }, session }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      A restart interrupted it. It goes on by itself.
      61 % is here: 341 MB of 551 MB
      Licence mit
      [Pause] [Cancel (danger)]
      [Details]"
    `);
    const room = { kind: 'space', why: '12.4 GB more room is needed on the disk.' } as const;
    expect(
      shown(sampleCard({ model: sampleModel({ statusReason: 'no_space' }), waiting: room })),
    ).toMatchInlineSnapshot(`
      "gpt2 · pending
      12.4 GB more room is needed on the disk. It starts by itself when there is room.
      551 MB in 8 files
      Licence mit
      [Start now (primary)] [Pause] [Cancel (danger)]
      [Details]"
    `);
  });

  it('for a person or a time', () => {
    expect(shown(sampleCard({ waiting: { kind: 'start' } }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      Waits until somebody starts it.
      551 MB in 8 files · leaves 80 GB free
      Licence mit
      [Start now (primary)] [Pause] [Cancel (danger)]
      [Details]"
    `);
    expect(shown(sampleCard({ waiting: NIGHTLY }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      Starts tomorrow 23:00 (nightly).
      551 MB in 8 files · leaves 80 GB free
      Licence mit
      [Start now (primary)] [Pause] [Cancel (danger)]
      [Details]"
    `);
    const session = sampleSession({ bytesDownloaded: 300_000_000 });
    expect(shown(sampleCard({ waiting: { ...NIGHTLY, hasBegun: true }, session }))).toMatchInlineSnapshot(`
      "gpt2 · pending
      Its time is over for now. It goes on tomorrow 23:00 (nightly).
      54 % is here: 300 MB of 551 MB
      Licence mit
      [Start now (primary)] [Pause] [Cancel (danger)]
      [Details]"
    `);
  });

  it('with what comes before it counted, and no promise of room that is not there', () => {
    const line = (freeAfterBytes: number): string | undefined =>
      sampleCard({ waiting: TURN, freeAfterBytes }).text.text.split('\n')[2];
    expect(line(18.9e9)).toBe('551 MB in 8 files · leaves 18.9 GB free');
    expect(line(-31.1e9)).toBe('551 MB in 8 files · 31.1 GB too little room with what comes before it');
  });

  it('does not count what an earlier, ended session had received', () => {
    const session = sampleSession({ ...kept, status: 'failed' });
    expect(sampleCard({ session, waiting: TURN }).text.text).not.toContain('is here');
  });
});

describe('what a model waits for', () => {
  const times = { now: NOW, timezone: 'UTC' };

  it.each([
    [1, 'Next in the queue'],
    [2, '2nd in the queue'],
    [3, '3rd in the queue'],
    [4, '4th in the queue'],
    [11, '11th in the queue'],
    [12, '12th in the queue'],
    [13, '13th in the queue'],
    [21, '21st in the queue'],
    [102, '102nd in the queue'],
    [111, '111th in the queue'],
    [undefined, 'Waits in the queue'],
  ])('at position %s reads “%s”', (position, line) => {
    expect(waitingText({ ...TURN, position }, times)).toBe(line);
  });

  it.each([
    [0, 'starts within a minute'],
    [29_000, 'starts within a minute'],
    [89_000, 'starts in about 1 min'],
    [7_200_000, 'starts in about 2 h'],
  ])('that starts in %i ms says so roughly, on the card and in lists', (startsInMs, guess) => {
    expect(waitingText({ ...TURN, startsInMs }, times)).toBe(`2nd in the queue · ${guess}`);
    expect(waitingWords({ ...TURN, startsInMs }, times)).toBe(guess);
  });

  it.each<[Waiting, string | undefined, string]>([
    [{ kind: 'paused' }, undefined, 'paused'],
    [{ kind: 'cancelled' }, 'Nothing of it was kept.', 'cancelled'],
    [{ kind: 'disabled' }, 'It is switched off.', 'switched off'],
    [{ kind: 'held' }, 'The owner of this bot holds all downloads.', 'held by the owner'],
    [{ kind: 'start' }, 'Waits until somebody starts it.', 'waits to be started'],
    [NIGHTLY, 'Starts tomorrow 23:00 (nightly).', 'starts tomorrow 23:00'],
    [
      { ...NIGHTLY, hasBegun: true },
      'Its time is over for now. It goes on tomorrow 23:00 (nightly).',
      'goes on tomorrow 23:00',
    ],
    [{ ...NIGHTLY, opensAt: undefined }, 'Waits for the schedule nightly.', 'waits for nightly'],
    [
      { kind: 'backoff', until: NOW + 41_000, why: undefined },
      'The last try did not work. Trying again in 41 s.',
      'tries again in 41 s',
    ],
    [
      { kind: 'space', why: undefined },
      'There is not enough room on the disk. It starts by itself when there is room.',
      'waits for room on the disk',
    ],
    [
      { kind: 'access', code: 'gated', why: 'It is gated.', page: undefined },
      'It is gated. For a day I look by myself whether I may read it, and go on when I may.',
      'waits for access',
    ],
    [
      { kind: 'access', code: 'unauthorized', why: 'The Hub does not accept the token.', page: undefined },
      'The Hub does not accept the token. It goes on by itself then.',
      'waits for access',
    ],
    [TURN, '2nd in the queue', 'waits in the queue'],
    [{ ...TURN, wasInterrupted: true }, 'A restart interrupted it. It goes on by itself.', 'goes on by itself'],
  ])('is said alike on cards and in lists (%#)', (waiting, sentence, words) => {
    expect(waitingText(waiting, times)).toBe(sentence);
    expect(waitingWords(waiting, times)).toBe(words);
  });
});

describe('a card of what runs', () => {
  const running = sampleModel({ status: 'downloading' });

  it('without numbers yet', () => {
    expect(shown(sampleCard({ model: running }))).toMatchInlineSnapshot(`
      "gpt2 · downloading
      Starting
      [Pause] [Cancel (danger)]"
    `);
  });

  it('of one file, with nothing known of its speed', () => {
    const silent = { bytesReady: 0, bytesPerSecond: undefined, etaMs: undefined };
    const snapshot = sampleSnapshot({ filesTotal: 1, filesDone: 0, ...silent });
    expect(shown(sampleCard({ model: running, snapshot }))).toMatchInlineSnapshot(`
      "gpt2 · downloading
      ░░░░░░░░░░░░░░ 0 %
      0 B of 551 MB
      [Pause] [Cancel (danger)]"
    `);
  });

  it('that is empty is full and 100 %', () => {
    const snapshot = sampleSnapshot({ bytesTotal: 0, bytesReady: 0, filesTotal: 1, filesDone: 1, etaMs: undefined });
    expect(sampleCard({ model: running, snapshot }).text.text).toContain('██████████████ 100 %');
  });

  it('of a torrent names no file that it is at: peers give a little of each', () => {
    const snapshot = sampleSnapshot({ peers: 3 });
    expect(sampleCard({ model: running, snapshot }).text.text).toContain('from 3 peers');
    expect(sampleCard({ model: running, snapshot }).text.text).not.toContain('File');
    const idle = sampleSnapshot({ peers: 1, idleMs: 28_000 });
    expect(sampleCard({ model: running, snapshot: idle }).text.text.match(/No data for 28 s$|from 1 peer/gm)).toEqual([
      'No data for 28 s',
      'from 1 peer',
    ]);
  });

  it('cuts a long path', () => {
    const snapshot = sampleSnapshot({ currentFile: `${'folder/'.repeat(50)}model.safetensors` });
    const line = sampleCard({ model: running, snapshot })
      .text.text.split('\n')
      .find((text) => text.startsWith('File'));
    expect(line).toMatch(/^File 5 of 8: .{79}…$/);
  });
});

describe('a card of what has ended', () => {
  it('without a path has no button that would copy nothing', () => {
    const rows = sampleCard({ model: sampleModel({ status: 'completed' }) }).keyboard?.inline_keyboard.flat() ?? [];
    const copied = rows.flatMap((button) => ('copy_text' in button ? [button.copy_text.text] : []));
    expect(copied).toEqual(['AutoModelForCausalLM.from_pretrained("gpt2")', 'vllm serve gpt2']);
  });

  it('shows in full what no button can hold', () => {
    const downloadPath = `/${'deep/'.repeat(60)}snapshot`;
    const model = sampleModel({ status: 'completed', downloadPath });
    const rendering = sampleCard({ model, files: [sampleFile('model-Q4_K_M.gguf')] });
    expect(rendering.text.text).toContain(`llama-cli -m ${downloadPath}/model-Q4_K_M.gguf`);
    expect(shown(rendering)).not.toContain('[Copy');
    for (const row of rendering.keyboard?.inline_keyboard ?? []) expect(row.length).toBeGreaterThan(0);
  });

  it('that took no time worth telling', () => {
    const model = sampleModel({ status: 'completed', downloadPath: '/cache/gpt2', sizeBytes: 1000 });
    const session = sampleSession({ status: 'completed', activeMs: 400, receivedBytes: 1000 });
    expect(
      shown(sampleCard({ model, session, files: ['model.safetensors', 'config.json'].map(sampleFile) })),
    ).toMatchInlineSnapshot(`
      "gpt2 · completed
      1 kB
      2 files verified
      /cache/gpt2
      [Copy path] [Copy from_pretrained]
      [Copy vllm serve]
      [Remove] [Details]"
    `);
  });

  it('without a session that says why', () => {
    expect(shown(sampleCard({ model: sampleModel({ status: 'failed' }) }))).toMatchInlineSnapshot(`
      "gpt2 · failed
      The download did not work.
      [Try again (primary)] [Remove] [Details]"
    `);
    expect(shown(sampleCard({ model: sampleModel({ status: 'paused', sizeBytes: null }) }))).toMatchInlineSnapshot(`
      "gpt2 · paused
      [Resume (primary)] [Cancel (danger)] [Remove]
      [Details]"
    `);
  });
});

it.each([
  ['mit', false, 'Licence mit'],
  ['mit', true, 'Licence mit · gated'],
  [null, true, 'Gated'],
])('a card names the licence %s (gated: %s)', (license, gated, line) => {
  const { text } = sampleCard({ model: sampleModel({ license, metadata: { gated } }) });
  expect(text.text.split('\n').at(-1)).toBe(line);
});

it('a card says that the branch was rewritten and what it is at now', () => {
  const metadata = { movedFrom: '36ca218e0000000000000000000000000000beef' };
  expect(
    sampleCard({ model: sampleModel({ metadata }) })
      .text.text.split('\n')
      .at(-1),
  ).toBe('Its commit 36ca218 is gone from the Hub: “main” was rewritten and is at 607a30d now.');
});
