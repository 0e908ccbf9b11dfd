import { filesInBrief } from '../../src/domain/files/loads/files-in-brief.ts';
import { describe, expect, it } from 'vitest';
import { modelCard } from '../../src/bot/board/card/card.ts';
import { modelLabel, shortLabel, titleLine } from '../../src/bot/ui/label.ts';
import { sizeAndTime, totalsText } from '../../src/bot/ui/totals.ts';
import type { Model } from '../../src/domain/model.ts';
import { DEFAULT_SELECTION, selectionKey, type Selection } from '../../src/domain/files/selection.ts';
import { NOW, sampleModel, sampleSession } from './samples.ts';

const model = (changes: Partial<Selection> = {}, more: Partial<Model> = {}): Model =>
  sampleModel({ selection: selectionKey({ ...DEFAULT_SELECTION, ...changes }), ...more });

describe('entries of one repository are told apart', () => {
  it.each<[Partial<Selection>, Partial<Model>, string]>([
    [{}, {}, 'gpt2'],
    [{ quantize: 'Q4_K_M' }, {}, 'gpt2:Q4_K_M'],
    [{ quantize: 'fp16' }, {}, 'gpt2:fp16'],
    [{ quantize: 'all' }, {}, 'gpt2:all'],
    [{ quantize: 'all', include: ['config.json'] }, {}, 'gpt2 (config.json)'],
    [{ include: ['*.json', 'a/'] }, {}, 'gpt2 (*.json, a/)'],
    [{ quantize: 'all', include: ['w[[]1].bin'] }, {}, 'gpt2 (w[1].bin)'],
    [{ exclude: ['*.bin'] }, { revision: 'v2' }, 'gpt2@v2 (without *.bin)'],
    [{}, { repoType: 'dataset' }, 'datasets/gpt2'],
    [{}, { hostName: null }, 'gpt2'],
    [{ quantize: 'Q4_K_M' }, { hostName: 'nas', revision: 'v2' }, 'gpt2:Q4_K_M@v2 on nas'],
  ])('by what they are (%#)', (changes, more, label) => {
    expect(modelLabel(model(changes, more))).toBe(label);
  });

  it.each([
    ['gpt2 (README.md)', 'code'],
    ['org/m (*.json, run.py; without b.pt)', 'code'],
    ['notes.md', 'code'],
    ['gpt2 (config.json)', 'bold'],
    ['org/whisper.cpp (*.md)', 'bold'],
  ])('in a first line in which Telegram makes no link of a file: %s', (label, type) => {
    expect(titleLine(label, 'completed').entities).toEqual([{ type, offset: 0, length: label.length }]);
  });

  it('in lists too, where the name is cut and what differs stays', () => {
    const name = `some-organisation/${'a-very-long-name-'.repeat(4)}GGUF`;
    const labels = ['Q4_K_M', 'Q5_K_M'].map((quantize) => shortLabel(model({ quantize }, { name }), 36));
    expect(labels).toEqual(['some-organisation/a-very-lon…:Q4_K_M', 'some-organisation/a-very-lon…:Q5_K_M']);
    const branches = ['3.5bpw', '4.0bpw'].map((revision) => shortLabel(model({}, { name, revision }), 36));
    expect(branches).toEqual(['some-organisation/a-very-lon…@3.5bpw', 'some-organisation/a-very-lon…@4.0bpw']);
  });

  it('also where they have a title, which lists show in place of the name', () => {
    const titled = model({ quantize: 'Q4_K_M' }, { title: 'My <b>chat</b> model 🚀' });
    expect(shortLabel(titled, 60)).toBe('My <b>chat</b> model 🚀:Q4_K_M');
    expect(modelLabel(titled)).toBe('gpt2:Q4_K_M');
  });

  it('within a limit, however long the patterns are', () => {
    const long = model({ quantize: 'all', include: ['x'.repeat(500)] }, { name: 'y'.repeat(90) });
    expect(Array.from(shortLabel(long, 40))).toHaveLength(40);
    expect(Array.from(modelLabel(long)).length).toBeLessThanOrEqual(90 + 120);
    const far = { ...long, hostName: 'n'.repeat(32) };
    for (const limit of [20, 28, 40, 60]) expect(Array.from(shortLabel(far, limit))).toHaveLength(limit);
    expect(shortLabel({ ...long, hostName: 'nas' }, 28)).toMatch(/^y+… \(x+… on nas$/);
    expect(modelLabel(far)).toMatch(/ on n{32}$/);
  });
});

describe('the totals of a complete download', () => {
  const took = (activeMs: number, receivedBytes: number) => ({ activeMs, receivedBytes });

  it('are of the same bytes: all of it, or what was fetched after a restart', () => {
    expect(totalsText(551e6, took(12_000, 551e6))).toBe('551 MB in 12 s · 45.9 MB/s on average');
    expect(totalsText(20e6, took(4000, 3.556e6))).toBe(
      '20 MB · 3.56 MB fetched in 4 s · 889 kB/s on average · the rest was on the disk',
    );
    expect(sizeAndTime(20e6, took(4000, 3.556e6))).toBe('20 MB · 3.56 MB fetched in 4 s');
  });

  it('tell no speed of what is too little for one', () => {
    expect(totalsText(8, took(4000, 8))).toBe('8 B in 4 s');
    expect(totalsText(999e3, took(4000, 999e3))).toBe('999 kB in 4 s');
    expect(totalsText(1e6, took(4000, 1e6))).toBe('1 MB in 4 s · 250 kB/s on average');
  });

  it('name what was fetched twice', () => {
    expect(totalsText(20e6, took(4000, 30e6))).toBe('20 MB · 30 MB fetched in 4 s · 7.5 MB/s on average');
  });

  it('name what was fetched where that was a small part of it, in no time', () => {
    expect(totalsText(551e6, took(300, 8090))).toBe('551 MB · 8.09 kB fetched · the rest was on the disk');
  });

  it('say of what was completed that nothing had to be fetched', () => {
    expect(sizeAndTime(20e6, { ...took(4000, 0), status: 'completed' })).toBe('20 MB · was on the disk already');
    expect(sizeAndTime(20e6, { ...took(4000, 20e6), status: 'completed' })).toBe('20 MB in 4 s');
  });

  it('are the size only if nothing was fetched, or in no time', () => {
    expect([undefined, took(4000, 0), took(999, 20e6)].map((session) => totalsText(20e6, session))).toEqual([
      '20 MB',
      '20 MB',
      '20 MB',
    ]);
  });
});

it('a card shows the description that somebody gave, on one line', () => {
  const brief = filesInBrief(sampleModel(), []);
  const about = { brief, session: undefined, snapshot: undefined, waiting: undefined, apps: [], appsLeft: [] };
  const times = { now: NOW, timezone: 'UTC' };
  const described = sampleModel({ description: 'for the\ndemo  on Friday', status: 'completed', downloadPath: '/c' });
  const card = (changes: object): string[] =>
    modelCard({ ...about, ...times, model: described, ...changes }).text.text.split('\n');
  expect(card({})).toContain('for the demo on Friday');
  expect(card({ model: { ...described, title: 'My <b>one</b>' } }).slice(-2)).toEqual([
    'In lists it is “My <b>one</b>”.',
    'for the demo on Friday',
  ]);
  expect(card({ model: { ...described, description: 'x'.repeat(5000) } }).at(-1)).toBe(`${'x'.repeat(299)}…`);
  const folded = { model: { ...described, status: 'downloading' }, isFolded: true, session: sampleSession() };
  expect(card(folded)).toEqual(['gpt2 · downloading · in the summary']);
});
