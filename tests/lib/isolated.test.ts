import { describe, expect, it } from 'vitest';
import { isolated } from '../../src/lib/text/isolated.ts';

describe('a foreign name in a line', () => {
  it.each(['gpt2', 'Größe 7B', '模型', '', '🤗 models', 'Модель (3B)'])('%s stays as it is', (name) => {
    expect(isolated(name)).toBe(name);
  });

  it.each([
    ['Hebrew', '\u05e9\u05dc\u05d5\u05dd (2)'],
    ['Arabic', '\u0646\u0645\u0648\u0630\u062c 3B'],
    ['Arabic at the end', 'models \u0639'],
    ['the first letter of those blocks', '\u0590'],
    ['the last one', '\u08ff'],
    ['Adlam', '\u{1e900}'],
    ['a mark alone', 'a\u200fb'],
  ])('that runs from right to left keeps its direction to itself: %s', (_, name) => {
    expect(isolated(name)).toBe(`\u2068${name}\u2069`);
  });

  it('turns nothing that stands behind it, whatever controls it has', () => {
    expect(isolated('gnp\u202E.exe')).toBe('gnp.exe');
    expect(isolated('\u2067a\u2069\u2069\u202Db\u202C')).toBe('ab');
    expect(isolated('\u202E\u05d0')).toBe('\u2068\u05d0\u2069');
  });
});
