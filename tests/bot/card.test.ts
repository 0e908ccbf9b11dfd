import { whatLoads } from '../../src/domain/files/loads/loads.ts';
import { describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/bot/board/load-commands.ts';
import { bar, copyButton, messageParameters, percent, plain, shorten } from '../../src/bot/ui/text.ts';
import {
  sampleCard,
  sampleFile as file,
  sampleModel as model,
  sampleSession as session,
  sampleSnapshot as live,
  shown,
} from './samples.ts';
import type { LiveSnapshot } from '../../src/queue/run/live.ts';

const COMMIT = '607a30d783dfa663caf39e06633721c8d4cfcd7e';

const inTurn = (position: number) =>
  ({ kind: 'turn', position, startsInMs: undefined, wasInterrupted: false }) as const;

const card = (view: Parameters<typeof sampleCard>[0]): string => shown(sampleCard(view));

describe('a card', () => {
  it('that waits in the queue says at which place, how large it is and what it costs', () => {
    expect(card({ waiting: inTurn(2) })).toMatchInlineSnapshot(`
      "gpt2 · pending
      2nd in the queue
      551 MB in 8 files · leaves 80 GB free
      Licence mit
      [Pause] [Cancel (danger)]
      [Details]"
    `);
  });

  it('that waits to be brought up to date says that what it has stays, unless that is not whole', () => {
    const said = 'What it has can be used until the new is verified; only what differs is fetched.';
    expect(card({ model: model({ copyId: 7 }), waiting: inTurn(2) })).toContain(`2nd in the queue\n${said}\n551 MB`);
    for (const changes of [{ copyId: null }, { copyId: 7, filesGone: 1 }])
      expect(card({ model: model(changes), waiting: inTurn(2) })).not.toContain(said);
  });

  it('where cards are compact is two lines with one button, whatever there is to say', () => {
    const compact = (view: Parameters<typeof sampleCard>[0]): string => card({ ...view, compact: 'closed' });
    const description = 'Mine. '.repeat(40);
    expect(compact({ model: model({ description }), waiting: inTurn(2) })).toBe(
      'gpt2 · pending\n2nd in the queue\n[More]',
    );
    expect(compact({ model: model({ status: 'downloading' }), snapshot: live() })).toBe(
      'gpt2 · downloading\n61 % · 48.2 MB/s · 4 s left\n[More]',
    );
    expect(compact({ model: model({ status: 'downloading' }), snapshot: live({ idleMs: 20_000 }) })).toContain(
      '\nNo data for 20 s, reconnecting from 61 %\n',
    );
    expect(compact({ model: model({ status: 'downloading' }), isFolded: true })).toBe(
      'gpt2 · downloading · in the summary\n[More]',
    );
    const failed = session({ status: 'failed', errorMessage: 'The disk\nis full. '.repeat(20) });
    const said = compact({ model: model({ status: 'failed' }), session: failed });
    expect(said).toMatch(/^gpt2 · failed\nThe disk is full\. .*…\n\[More\]$/);
    expect(said.length).toBeLessThan(130);
  });

  it('that somebody has opened is as everywhere else, and can be closed again', () => {
    const view = { model: model({ status: 'downloading' }), snapshot: live() } as const;
    expect(card({ ...view, compact: 'opened' })).toBe(`${card(view)}\n[Less]`);
  });

  it('of a running download shows bar, percent, bytes, speed, time left and file', () => {
    expect(card({ model: model({ status: 'downloading' }), snapshot: live() })).toMatchInlineSnapshot(`
      "gpt2 · downloading
      ████████░░░░░░ 61 %
      341 MB of 551 MB · 48.2 MB/s · 4 s left
      File 5 of 8: model.safetensors
      [Pause] [Cancel (danger)]"
    `);
  });

  it('names its file as code: of README.md Telegram would make a link', () => {
    const { text } = sampleCard({
      model: model({ status: 'downloading' }),
      snapshot: live({ currentFile: 'README.md' }),
    });
    const { offset = 0, length = 0 } = text.entities.find(({ type }) => type === 'code') ?? {};
    expect(text.text.slice(offset, offset + length)).toBe('README.md');
  });

  it('says in words what is going on when nothing moves', () => {
    const second = (snapshot: Partial<LiveSnapshot>): string | undefined =>
      card({ model: model({ status: 'downloading' }), snapshot: live(snapshot) }).split('\n')[1];
    expect(second({ note: { kind: 'rate_limited', leftMs: 41_000 } })).toBe('Waiting for the Hub’s limit: 41 s');
    expect(second({ idleMs: 20_000 })).toBe('No data for 20 s, reconnecting from 61 %');
    expect(second({ phase: 'verifying' })).toBe('Verifying');
    expect(second({ phase: 'checking' })).toBe('Checking what is already on disk');
    expect(second({ note: { kind: 'corrupt' } })).toBe('A file arrived damaged; fetching it again');
  });

  it('of what runs on a machine that went away says since when, and that it goes on by itself', () => {
    const waiting = { kind: 'host_away', host: 'nas', since: Date.UTC(2026, 10, 21, 9, 4), by: undefined } as const;
    const away = { model: model({ status: 'downloading', hostName: 'nas' }), waiting };
    const said = /^nas is away since (?:.* )?\d\d:04; it goes on by itself\.$/;
    const lines = card({ ...away, snapshot: live() }).split('\n');
    expect(lines[0]).toBe('gpt2 on nas · downloading');
    expect(lines[1]).toMatch(said);
    // Nobody knows how fast it comes there.
    expect(lines[3]).toBe('341 MB of 551 MB');
    expect(card(away).split('\n')[1]).toMatch(said);
    expect(card({ ...away, snapshot: live(), compact: 'closed' }).split('\n')[1]).toMatch(said);
    // Nobody is sent to look at a machine that may well be there.
    const second = (by: 'no_redis' | 'redis_full') => card({ ...away, waiting: { ...waiting, by } }).split('\n')[1];
    expect([second('no_redis'), second('redis_full')]).toEqual([
      'Redis does not answer, and nas is reached by it alone; it goes on by itself.',
      'Redis is full and takes nothing new, and nas is reached by it alone; it goes on by itself.',
    ]);
  });

  it('of what cannot be reached from another machine says that it is from there', () => {
    const waiting = { kind: 'backoff', until: Date.now() + 9000, why: 'huggingface.co cannot be reached.' } as const;
    const second = (hostName: string | null) => card({ model: model({ hostName }), waiting }).split('\n')[1];
    expect(second('nas')).toMatch(/^On nas: huggingface\.co cannot be reached\. Trying again in /);
    expect(second(null)).toMatch(/^huggingface\.co cannot be reached\. Trying again in /);
  });

  it('says of a try after others why the last one did not work, until bytes come', () => {
    const why = 'huggingface.co cannot be reached: its name is not known.';
    const second = (hostName: string | null, snapshot: Partial<LiveSnapshot>) =>
      card({
        model: model({ status: 'downloading', hostName }),
        snapshot: live(snapshot),
        session: session({ status: 'in_progress', errorMessage: why }),
      }).split('\n')[1];
    expect(second('nas', { bytesPerSecond: undefined })).toBe(`Trying again. On nas: ${why}`);
    expect(second(null, { bytesPerSecond: undefined })).toBe(`Trying again. ${why}`);
    expect(second('nas', {})).toContain('61 %');
  });

  it('does not say of what has waited for room that there is none: it runs, so there is', () => {
    const second = card({
      model: model({ status: 'downloading' }),
      snapshot: live({ bytesPerSecond: undefined }),
      session: session({
        status: 'in_progress',
        errorMessage: '36 GB more room is needed on the disk.',
        metadata: { errorCode: 'no_space' },
      }),
    }).split('\n')[1];
    expect(second).toContain('61 %');
  });

  it('of a completed model shows what it took, where it is, and how to load it', () => {
    const done = model({ status: 'completed', downloadPath: `/cache/models--gpt2/snapshots/${COMMIT}` });
    const ended = session({ status: 'completed', activeMs: 12_000, receivedBytes: 550_967_953 });
    expect(card({ model: done, session: ended })).toMatchInlineSnapshot(`
      "gpt2 · completed
      551 MB in 12 s · 45.9 MB/s on average
      8 files verified
      /cache/models--gpt2/snapshots/607a30d783dfa663caf39e06633721c8d4cfcd7e
      [Copy path] [Copy from_pretrained]
      [Copy vllm serve]
      [Remove] [Details]"
    `);
  });

  it('of a failed one says the reason, what was kept, and offers to try again', () => {
    const failed = session({ status: 'failed', errorMessage: 'The Hub does not answer.', bytesDownloaded: 341e6 });
    expect(card({ model: model({ status: 'failed' }), session: failed })).toMatchInlineSnapshot(`
      "gpt2 · failed
      The Hub does not answer.
      341 MB of 551 MB kept; it goes on from there.
      [Try again (primary)] [Remove] [Details]"
    `);
  });

  it('of a paused one says what was kept, or that it was cancelled', () => {
    const paused = model({ status: 'paused' });
    expect(card({ model: paused, session: session({ bytesDownloaded: 341e6 }) })).toMatchInlineSnapshot(`
      "gpt2 · paused
      341 MB of 551 MB kept; it goes on from there.
      551 MB in 8 files
      [Resume (primary)] [Cancel (danger)] [Remove]
      [Details]"
    `);
    const cancelled = { session: session({ status: 'cancelled' }), waiting: { kind: 'cancelled' } } as const;
    expect(card({ model: paused, ...cancelled })).toMatchInlineSnapshot(`
      "gpt2 · cancelled
      Nothing of it was kept.
      551 MB in 8 files
      [Download again (primary)] [Remove]
      [Details]"
    `);
  });

  it('names a chosen quantization and an unusual revision, and where it is on the Hub now', () => {
    const chosen = model({
      selection: '{"quantize":"Q4_K_M","include":[],"exclude":[]}',
      revision: 'v2',
      canonicalName: 'openai-community/gpt2',
    });
    const lines = card({ model: chosen }).split('\n');
    expect(lines[0]).toBe('gpt2:Q4_K_M@v2 · pending');
    expect(lines.some((line) => line === 'On the Hub it is openai-community/gpt2 now.')).toBe(true);
  });

  it('names a commit by its first digits, which fit on a phone', () => {
    expect(card({ model: model({ revision: COMMIT }) }).split('\n')[0]).toBe('gpt2@607a30d · pending');
  });
});

describe('load commands', () => {
  const path = '/cache/snap shots';
  it.each([
    [{}, ['config.json', 'model.safetensors'], 'AutoModelForCausalLM.from_pretrained("gpt2")'],
    [
      { revision: 'v2' },
      ['config.json', 'model.safetensors'],
      'AutoModelForCausalLM.from_pretrained("gpt2", revision="v2")',
    ],
    [{}, ['model_index.json', 'unet/x.safetensors'], 'DiffusionPipeline.from_pretrained("gpt2")'],
    [{ repoType: 'dataset' as const }, ['data.parquet'], 'load_dataset("gpt2")'],
    [
      {},
      ['mmproj-f16.gguf', 'm-00002-of-00002.gguf', 'm-00001-of-00002.gguf'],
      `llama-cli -m '${path}/m-00001-of-00002.gguf'`,
    ],
  ])('fit the kind of repository (%#)', (changes, paths, command) => {
    const of = model({ downloadPath: path, ...changes });
    expect(loadCommands(of, whatLoads(of, paths.map(file)))[0]?.text).toBe(command);
  });

  it('are copied by a button up to 256 characters', () => {
    expect(copyButton('Copy', 'x'.repeat(256))).toHaveLength(1);
    expect(copyButton('Copy', 'x'.repeat(257))).toHaveLength(0);
  });
});

describe('numbers and texts', () => {
  it('reach 100 % and a full bar only when everything is there', () => {
    expect(percent(999, 1000)).toBe(99);
    expect(percent(1000, 1000)).toBe(100);
    expect(percent(0, 0)).toBe(100);
    expect(bar(0.999, 10)).toBe('█████████░');
    expect(bar(1, 10)).toBe('██████████');
    expect(bar(-1, 4)).toBe('░░░░');
  });

  it('are cut to Telegram’s limits by characters, not halves of them', () => {
    expect(shorten('🙂🙂🙂', 4)).toBe('🙂…');
    expect(shorten('abc', 3)).toBe('abc');
    expect(messageParameters({ text: plain('x'.repeat(5000)) }).text).toHaveLength(4096);
  });
});

it.each([
  [2, false],
  [5_000_000, false],
  [5_600_000, true],
  [550_967_953, true],
])('a card speaks of %i bytes on disk only where that saves something: %s', (presentBytes, isSaid) => {
  const said = card({ model: model({ metadata: { presentBytes, freeAfterBytes: 80e9 } }) });
  expect(said.includes('already on disk')).toBe(isSaid);
});
