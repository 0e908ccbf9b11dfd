import { describe, expect, it } from 'vitest';
import { requestCard } from '../../src/bot/board/request-card.ts';
import type { Picker } from '../../src/domain/repo/add-choices.ts';
import type { AddOutcome } from '../../src/store/downloads/add-requests.ts';
import { sampleRequest, shown } from './samples.ts';

const choice = (label: string, totalBytes: number) => ({ label, files: [], totalBytes });

const picker: Picker = {
  kind: 'quants',
  of: 'quants',
  listing: {
    type: 'model',
    id: 'org/m-GGUF',
    canonicalId: 'org/m-GGUF',
    commit: 'a'.repeat(40),
    private: false,
    gated: 'auto',
    license: 'apache-2.0',
    pipelineTag: undefined,
    libraryName: undefined,
    tags: [],
    lastModified: undefined,
    branches: [],
  },
  choices: [choice('Q4_K_M', 1_800_000_000), choice('Q8_0', 3_300_000_000), choice('F16', 6_200_000_000)],
  suggested: 'Q4_K_M',
  freeBytes: 5_000_000_000,
};

describe('the answer to /add', () => {
  it.each([
    ['magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567', 'Asking those who have it what is in it …'],
    ['https://example.org/a.gguf', 'Asking its server about it …'],
    ['telegram://1/abc', 'Looking at what was sent …'],
  ])('says whom it asks about %s', (url, line) => {
    expect(requestCard(sampleRequest({ options: { url } })).text.text).toContain(line);
  });

  it('calls a torrent by its name, or by the beginning of its hash, and not by its link', () => {
    const title = (ref: string): string | undefined => requestCard(sampleRequest({ ref })).text.text.split('\n')[0];
    const link = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567';
    expect(title(`${link}&dn=My%20model%0Aof%20mine`)).toBe('torrent “My model of mine” · looking up');
    expect(title(link)).toBe('torrent 0123456789ab… · looking up');
  });

  it('calls what a link to the Hub names by that, and any other address as it is', () => {
    const title = (ref: string): string | undefined => requestCard(sampleRequest({ ref })).text.text.split('\n')[0];
    expect(title('https://huggingface.co/org/name/tree/main?x=1')).toMatch(/^org\/name(?:@main)? · looking up$/);
    expect(title('https://hf.co/datasets/org/name')).toBe('datasets/org/name · looking up');
    expect(title('https://example.org/a.gguf')).toBe('https://example.org/a.gguf · looking up');
    const asking = sampleRequest({ ref: 'https://huggingface.co/org/m-GGUF', state: 'choosing', choices: picker });
    expect(requestCard(asking).text.text).toMatch(/^org\/m-GGUF · which one\?\n/);
  });

  it('names the place of a file that is not called here what was asked for', () => {
    const card = requestCard(sampleRequest({ ref: 'x.gguf', state: 'added', modelId: 7, outcome: 'here' }), {
      calledHere: 'files/text/weird-name-b.gguf',
    });
    expect(card.text.text).toMatch(
      /^x\.gguf · already in this library\nIt is complete\.\nIt is called files\/text\/weird-name-b\.gguf here\.\n/,
    );
    expect(card.text.entities.map(({ type }) => type)).toEqual(['code', 'code']);
  });

  it.each([
    ['notes.md', 'code'],
    ['run.py', 'code'],
    ['gpt2', 'bold'],
    ['org/whisper.cpp', 'bold'],
  ])('has no name for its title that Telegram makes a link of: %s', (ref, type) => {
    expect(requestCard(sampleRequest({ ref })).text.entities.map((entity) => entity.type)).toEqual([type]);
  });

  it('while it is looked up, and looked up again', () => {
    expect(shown(requestCard(sampleRequest()))).toMatchInlineSnapshot(`
      "gpt2 · looking up
      Asking the Hub what is in it …"
    `);
    expect(shown(requestCard(sampleRequest({ errorMessage: 'The Hub does not answer.' })))).toMatchInlineSnapshot(`
      "gpt2 · looking up
      The Hub does not answer. Trying again.
      [Leave it]"
    `);
  });

  it('with a choice says what is usual, what there is no room for, and what the licence is', () => {
    const card = requestCard(sampleRequest({ ref: 'org/m-GGUF', state: 'choosing', choices: picker }));
    expect(shown(card)).toMatchInlineSnapshot(`
      "org/m-GGUF · which one?
      This repository holds several quantizations. The usual choice is Q4_K_M.
      5 GB free for it on the disk
      Licence apache-2.0 · gated
      [Q4_K_M · 1.8 GB (primary)] [Q8_0 · 3.3 GB]
      [F16 · 6.2 GB · no room]
      [Leave it]"
    `);
    const data = card.keyboard?.inline_keyboard
      .flat()
      .map((button) => 'callback_data' in button && button.callback_data);
    expect(data).toEqual(['pick:3:0', 'pick:3:1', 'pick:3:2', 'drop:3']);
  });

  it('says what the memory holds, and by which rule', () => {
    const gpus = [{ name: 'NVIDIA RTX 3050', totalBytes: 3_000_000_000 }];
    const memory = { totalBytes: 4_000_000_000, freeBytes: 1_500_000_000, gpus };
    const choices = [...picker.choices, choice('F32', 6_900_000_000)];
    const about = { ref: 'org/m-GGUF', state: 'choosing' } as const;
    const asked = { ...picker, freeBytes: 6_500_000_000, memory, choices };
    expect(shown(requestCard(sampleRequest({ ...about, choices: asked })))).toMatchInlineSnapshot(`
      "org/m-GGUF · which one?
      This repository holds several quantizations. The usual choice is Q4_K_M.
      6.5 GB free for it on the disk
      4 GB of memory, 1.5 GB of it free · 3 GB on NVIDIA RTX 3050
      “GPU” fits on the graphics card alone, “too large” is more than all the memory holds. Counted are the weights and a fifth more; long texts take more still.
      Licence apache-2.0 · gated
      [Q4_K_M · 1.8 GB · GPU (primary)] [Q8_0 · 3.3 GB]
      [F16 · 6.2 GB · too large]
      [F32 · 6.9 GB · no room]
      [Leave it]"
    `);
    const alone = { ...asked, memory: { ...memory, gpus: [] }, suggested: 'Q8_0' };
    expect(shown(requestCard(sampleRequest({ ...about, choices: alone })))).toMatchInlineSnapshot(`
      "org/m-GGUF · which one?
      This repository holds several quantizations. The usual choice is Q8_0.
      6.5 GB free for it on the disk
      4 GB of memory, 1.5 GB of it free
      “too large” is more than all the memory holds. Counted are the weights and a fifth more; long texts take more still.
      Licence apache-2.0 · gated
      [Q4_K_M · 1.8 GB] [Q8_0 · 3.3 GB (primary)]
      [F16 · 6.2 GB · too large]
      [F32 · 6.9 GB · no room]
      [Leave it]"
    `);
    const large = { ...asked, memory: { ...memory, totalBytes: 64e9 }, freeBytes: 9e9 };
    expect(shown(requestCard(sampleRequest({ ...about, choices: large })))).toContain(
      'All of them fit on the disk and into the memory.',
    );
    const small = { ...asked, memory: { totalBytes: 1_000_000_000, freeBytes: 0, gpus: [] } };
    expect(shown(requestCard(sampleRequest({ ...about, choices: small })))).toContain('None of them fits here.');
    const full = { ...asked, freeBytes: 0 };
    expect(shown(requestCard(sampleRequest({ ...about, choices: full })))).toContain('None of them fits on the disk.');
  });

  it('with branches names each with its size, so far as that is known', () => {
    const branches = {
      kind: 'branches',
      choices: [{ label: '3.5bpw', totalBytes: 3.1e9 }, { label: '8.0bpw', totalBytes: 8e9 }, { label: 'other' }],
      here: 2,
      license: 'mit',
      gated: false,
      freeBytes: 7e9,
      memory: { totalBytes: 2e9, freeBytes: 1e9, gpus: [] },
    } as const;
    const card = requestCard(sampleRequest({ ref: 'org/m-exl2', state: 'choosing', choices: branches }));
    expect(shown(card)).toMatchInlineSnapshot(`
      "org/m-exl2 · which one?
      The main branch holds no weights; the others may.
      7 GB free for it on the disk
      2 GB of memory, 1 GB of it free
      “too large” is more than all the memory holds. Counted are the weights and a fifth more; long texts take more still.
      Licence mit
      [3.5bpw · 3.1 GB · too large]
      [8.0bpw · 8 GB · no room]
      [other]
      [Only the 2 files without weights]
      [Leave it]"
    `);
    const data = card.keyboard?.inline_keyboard
      .flat()
      .map((button) => 'callback_data' in button && button.callback_data);
    expect(data).toEqual(['pick:3:0', 'pick:3:1', 'pick:3:2', 'pick:3:3', 'drop:3']);
  });

  it('cuts names that are as long as a path may be', () => {
    const long = `${'a'.repeat(900)}-Q8_0`;
    const choices = [choice(long, 9e9), choice('Q4_K_M', 1e9)];
    const card = requestCard(sampleRequest({ state: 'choosing', choices: { ...picker, choices, suggested: long } }));
    expect(shown(card)).not.toContain('a'.repeat(61));
    expect(shown(card)).toContain('That does not fit here; the largest that does is Q4_K_M.');
  });

  it('gives a long name a row of its own', () => {
    const choices = [choice('Q4_K_M', 1e9), choice('Wan2.2-T2V-A14B-Q4_K_M', 1e9), choice('Q8_0', 1e9)];
    const card = requestCard(sampleRequest({ state: 'choosing', choices: { ...picker, choices } }));
    expect(card.keyboard?.inline_keyboard.map((row) => row.length)).toEqual([1, 1, 1, 1]);
  });

  it('with a choice that cannot be read any more offers to look it up again', () => {
    const card = requestCard(sampleRequest({ ref: 'org/m-GGUF', state: 'choosing', choices: null }));
    expect(shown(card)).toMatchInlineSnapshot(`
      "org/m-GGUF · cannot be chosen any more
      What there was to choose from cannot be read. Looking it up again shows it anew.
      [Look it up again (primary)] [Leave it]"
    `);
  });

  it('with nothing to suggest says so', () => {
    const { suggested: _, ...nothing } = picker;
    const card = requestCard(
      sampleRequest({ ref: 'org/m-MTP', state: 'choosing', choices: { ...nothing, of: 'sides' } }),
    );
    expect(shown(card)).toContain('This repository holds no model of its own');
    expect(shown(card)).not.toContain('(primary)');
  });

  it('with files that cannot be stored names them harmlessly, and offers the others', () => {
    const paths = ['notes\\a.txt', `evil\u202Egpj.exe\n${'x'.repeat(100)}`];
    const about = { ref: 'org/m', state: 'choosing' as const };
    expect(
      shown(requestCard(sampleRequest({ ...about, choices: { kind: 'unsafe', paths, total: 7, others: 12 } }))),
    ).toMatchInlineSnapshot(`
      "org/m · cannot be stored whole
      The names of 7 files cannot be stored on this machine: “notes\\a.txt”, “evil gpj.exe xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…” and 5 more.
      The rest can be taken alone.
      [Take the other 12 files (primary)]
      [Leave it]"
    `);
    expect(
      shown(requestCard(sampleRequest({ ...about, choices: { kind: 'unsafe', paths: ['..'], total: 1, others: 0 } }))),
    ).toMatchInlineSnapshot(`
      "org/m · cannot be stored whole
      The name of one file cannot be stored on this machine: “..”.
      There is nothing else that was asked for.
      [Leave it]"
    `);
  });

  it('never has more buttons than Telegram takes', () => {
    const choices = Array.from({ length: 200 }, (_, number) => choice(`Q${number}`, 1));
    const card = requestCard(sampleRequest({ state: 'choosing', choices: { ...picker, choices } }));
    const buttons = card.keyboard?.inline_keyboard.flat() ?? [];
    expect(buttons.length).toBeLessThanOrEqual(100);
    expect(buttons.at(-1)?.text).toBe('Leave it');
  });

  it('that ended without a model', () => {
    const failed = sampleRequest({ state: 'failed', errorMessage: 'There is no gpt22 on the Hub.' });
    expect(shown(requestCard(failed))).toMatchInlineSnapshot(`
      "gpt2 · failed
      There is no gpt22 on the Hub.
      [Try again (primary)]"
    `);
    expect(shown(requestCard(sampleRequest({ state: 'failed' })))).toMatchInlineSnapshot(`
      "gpt2 · failed
      The look-up did not work.
      [Try again (primary)]"
    `);
    expect(shown(requestCard(sampleRequest({ state: 'cancelled' })))).toMatchInlineSnapshot(`
      "gpt2 · cancelled
      Nothing was added."
    `);
  });

  it('of a gated repository: its page, the tap that goes on, and that it goes on by itself for a day', () => {
    const failure = { kind: 'failure', code: 'gated', suggestions: [], page: 'https://hub.test/org/m' } as const;
    const gated = {
      ref: 'org/m',
      state: 'failed',
      errorMessage: 'The model org/m is gated.',
      choices: failure,
    } as const;
    const waiting = sampleRequest({ ...gated, notBefore: '2026-11-21T12:02:00.000Z' });
    expect(shown(requestCard(waiting))).toMatchInlineSnapshot(`
      "org/m · waits for access
      The model org/m is gated.
      For a day I look by myself whether I may read it, and go on when I may.
      [Open its page]
      [I accepted, try again (primary)]
      [Leave it]"
    `);
    expect(shown(requestCard(sampleRequest({ ...gated, looks: 17 })))).toMatchInlineSnapshot(`
      "org/m · failed
      The model org/m is gated.
      [Open its page]
      [I accepted, try again (primary)]"
    `);
    const looked = { ...waiting, waitsSince: '2026-11-21T12:00:00.000Z' };
    expect(shown(requestCard(looked, { timezone: 'Asia/Kolkata' }))).toContain('\nLooked at 17:30: no access yet.\n');
    const byHand = { ...failure, isByHand: true };
    expect(shown(requestCard({ ...waiting, choices: byHand }))).toContain('\n[Try again (primary)]\n');
    const here = { ...failure, page: 'http://127.0.0.1:8082/org/m' };
    expect(shown(requestCard({ ...waiting, choices: here }))).not.toContain('Open its page');
  });

  it('for what the library has already, and says what came of asking again', () => {
    const added = (outcome: AddOutcome, waitsFor?: string): string =>
      shown(requestCard(sampleRequest({ state: 'added', modelId: 7, outcome }), { waitsFor }));
    expect(added('here')).toMatchInlineSnapshot(`
      "gpt2 · already in this library
      It is complete.
      Its card is further up.
      [Show the card here]"
    `);
    expect(added('waits', 'Starts today 20:30 (nightly).')).toMatchInlineSnapshot(`
      "gpt2 · already in this library
      It waits. Starts today 20:30 (nightly).
      Its card is further up.
      [Show the card here]"
    `);
    expect(added('anew')).toMatchInlineSnapshot(`
      "gpt2 · begun anew
      It was in this library, cancelled.
      Its card is further up.
      [Show the card here]"
    `);
    const first = (outcome: AddOutcome): string | undefined => added(outcome).split('\n')[0];
    expect((['running', 'started', 'resumed', 'retried', 'renewed', 'refetched'] as const).map(first)).toEqual([
      'gpt2 · already in this library',
      'gpt2 · started',
      'gpt2 · resumed',
      'gpt2 · tried again',
      'gpt2 · brought up to date',
      'gpt2 · fetched again',
    ]);
  });

  it('cuts a reference of any length, between characters', () => {
    const [title = ''] = requestCard(sampleRequest({ ref: '🙂'.repeat(1000) })).text.text.split('\n');
    expect(Array.from(title).length).toBeLessThan(150);
    expect(title.isWellFormed()).toBe(true);
  });
});
