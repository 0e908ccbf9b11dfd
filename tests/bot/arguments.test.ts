import { describe, expect, it } from 'vitest';
import { parseAdd } from '../../src/bot/add/parse.ts';
import { parseArguments } from '../../src/bot/ui/arguments.ts';

const KEYS = ['priority', 'description', 'include'];

describe('parseArguments', () => {
  it.each([
    ['gpt2', ['gpt2'], {}],
    ['  gpt2   now ', ['gpt2', 'now'], {}],
    ['gpt2 priority=high', ['gpt2'], { priority: 'high' }],
    ['gpt2 --priority high', ['gpt2'], { priority: 'high' }],
    ['gpt2 —priority high', ['gpt2'], { priority: 'high' }],
    ['gpt2 –priority=high', ['gpt2'], { priority: 'high' }],
    ['gpt2 PRIORITY=high', ['gpt2'], { priority: 'high' }],
    ['gpt2 description="for the demo"', ['gpt2'], { description: 'for the demo' }],
    ['gpt2 description=“for the demo”', ['gpt2'], { description: 'for the demo' }],
    ['gpt2 description=„für die Schau”', ['gpt2'], { description: 'für die Schau' }],
    ["gpt2 description='it is'", ['gpt2'], { description: 'it is' }],
    ["gpt2 it's", ['gpt2', "it's"], {}],
    ['"two words" three', ['two words', 'three'], {}],
    ['include=*.json,*.txt', [], { include: '*.json,*.txt' }],
    ['https://huggingface.co/gpt2?library=x', ['https://huggingface.co/gpt2?library=x'], {}],
  ])('reads %s', (line, words, options) => {
    expect(parseArguments(line, KEYS)).toEqual({ words, options });
  });

  it.each([
    ['gpt2 priorty=high', /no option “priorty”.*priority=/],
    ['gpt2 priority=', /priority= needs a value/],
    ['gpt2 --priority', /priority= needs a value/],
    ['gpt2 priority=low priority=high', /given twice/],
    ['gpt2 description="open', /add " at the end/],
    ['x'.repeat(2001), /too long.*2001.*2000/],
  ])('refuses %s with a sentence', (line, sentence) => {
    expect(() => parseArguments(line, KEYS)).toThrow(sentence);
  });

  it('takes a line of exactly the longest length', () => {
    expect(parseArguments('x'.repeat(2000), KEYS).words).toHaveLength(1);
  });
});

describe('parseAdd', () => {
  it('reads reference, moment and options', () => {
    expect(parseAdd('org/name:Q4_K_M later priority=low include=*.json,*.txt quant=q4')).toEqual({
      refs: ['org/name:Q4_K_M'],
      options: { when: 'later', priority: 'low', include: ['*.json', '*.txt'], quantize: 'q4' },
    });
  });

  it.each([
    ['gpt2 org/name', ['gpt2', 'org/name'], {}],
    ['gpt2, bert-base-uncased,\norg/name:Q8_0 now', ['gpt2', 'bert-base-uncased', 'org/name:Q8_0'], { when: 'now' }],
    ['gpt2 later org/name', ['gpt2', 'org/name'], { when: 'later' }],
    ['later', [], { when: 'later' }],
    ['priority=low', [], { priority: 'low' }],
    ['', [], {}],
  ])('reads several references, or none: “%s”', (line, refs, options) => {
    expect(parseAdd(line)).toEqual({ refs, options });
  });

  // taiki-e/install-action#1136: what the pages of a release on GitHub have copied has a word before it; Windows writes capitals.
  it.each(['SHA256:', 'sha256:', 'sha-256=', ''])('takes a hash with “%s” before it', (before) => {
    const hash = 'AbCdEf01'.repeat(8);
    const { options } = parseAdd(`https://example.org/a.bin sha256=${before}${hash}`);
    expect(options.sha256).toBe(hash.toLowerCase());
  });

  it.each([
    ['gpt2 soon', /do not understand “soon”/],
    ['gpt2 now later', /do not understand “later”/],
    ['gpt2 llama', /do not understand “llama”/],
    ['gpt2 priority=urgent', /high, medium or low/],
    [`https://example.org/a.bin sha256=md5:${'a'.repeat(64)}`, /A sha256 has 64/],
    [`https://example.org/a.bin sha256=sha256:${'a'.repeat(65)}`, /A sha256 has 64/],
  ])('refuses “%s”', (line, sentence) => {
    expect(() => parseAdd(line)).toThrow(sentence);
  });
});
