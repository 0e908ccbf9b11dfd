import { describe, expect, it } from 'vitest';
import { validateSetting } from '../../src/domain/settings/system.ts';
import { kindOf } from '../../src/domain/apps/file-kind.ts';
import { parseBytes } from '../../src/lib/text/bytes.ts';
import { table } from '../../src/lib/table.ts';

const INHERITED = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];

describe('a table that foreign texts are looked up in', () => {
  it.each(INHERITED)('has no %s unless it was given one', (key) => {
    expect(table({ a: 1 })[key]).toBeUndefined();
    expect(key in table({ a: 1 })).toBe(false);
  });

  it('has what it was given', () => {
    expect(table({ a: 1, constructor: 2 })).toMatchObject({ a: 1, constructor: 2 });
  });

  it.each(INHERITED)('says nothing of a folder, a level or a unit called %s', (word) => {
    const about = { libraryName: null, tags: [], pipelineTag: null, autoModel: null, baseModel: null, branches: [] };
    const file = { path: `${word}/x.safetensors`, size: 1, etag: 'a'.repeat(40) };
    expect(kindOf(file, about)).toBeUndefined();
    expect(() => validateSetting('log_level', word)).toThrow('log_level takes');
    expect(parseBytes(`1${word}`)).toBeUndefined();
  });
});
