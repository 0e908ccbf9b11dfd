import { describe, expect, it } from 'vitest';
import { bytesOfBuffer, cursorOf } from '../../src/checks/bytes/cursor.ts';
import { type Imports, readPickle } from '../../src/checks/formats/pickle/pickle.ts';
import { readTorch } from '../../src/checks/formats/torch.ts';
import { u32, u64, zipOf } from './made.ts';

const none = (): Imports => ({ names: new Set(), calls: false });

describe('what a pickle imports', () => {
  const names = (pickle: Buffer | string): (string | undefined)[] => {
    const imports = none();
    readPickle(cursorOf(bytesOfBuffer(Buffer.from(pickle as Buffer))), imports);
    return [...imports.names];
  };
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
  const [stackGlobal, stop] = [Buffer.from([0x93]), Buffer.from('.')];
  const put = (index: number): Buffer => Buffer.from([113, index]);
  const get = (index: number): Buffer => Buffer.from([104, index]);
  const memoized = (value: string): Buffer => Buffer.concat([text(value), Buffer.from([0x94])]);

  it('is found where numbers of the memo are given and counted in turns', () => {
    // Python counts what is in the memo: what is memoized second is number 1, whoever gave number 0.
    const first = [text('os'), put(0), memoized('collections'), text('system'), put(7), memoized('OrderedDict')];
    expect(names(Buffer.concat([...first, get(0), get(7), stackGlobal, stop]))).toEqual(['os.system']);
    expect(names(Buffer.concat([...first, get(1), get(3), stackGlobal, stop]))).toEqual(['collections.OrderedDict']);
    const again = [text('a'), put(1), text('b'), put(1), text('c'), put(3), text('os'), put(2), memoized('system')];
    expect(names(Buffer.concat([...again, get(2), get(3), stackGlobal, stop]))).toEqual(['os.system']);
    expect(names(Buffer.concat([...again, get(2), get(4), stackGlobal, stop]))).toEqual([undefined]);
  });

  it.each([
    ['of an underscore', '1_0'],
    ['of another base', '0x10'],
    ['of an exponent', '1e1'],
    ['of nothing', ''],
    ['below zero', '-1'],
    ['longer than a line that is kept', '0'.repeat(2000)],
  ])('a place in the memo %s is followed no further', (_, place) => {
    expect(() => names(`S'os'\np${place}\n.`)).toThrow(/no place of a memo at byte 7/);
    expect(() => names(`g${place}\n.`)).toThrow(/no place of a memo at byte 1/);
  });

  it('is told of, or left, however much that is harmless comes before it', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `ctorch._utils\n_rebuild_${index}\n0`).join('');
    expect(() => names(`${many}cos\nsystem\n.`)).toThrow('imports more than a check looks at');
    expect(names(`${many.slice(0, many.lastIndexOf('ctorch'))}cos\nsystem\n.`)).toContain('os.system');
  });
});

describe('a file that another reader would read otherwise', () => {
  const [harmless, harmful] = [Buffer.from('N.'), Buffer.from("cos\nsystem\n(S'ls'\ntR.")];
  const say = (file: Buffer, isSurely = false) => {
    const imports = none();
    try {
      readTorch(bytesOfBuffer(file), imports, isSurely);
      return [...imports.names];
    } catch (error) {
      return [...imports.names, (error as Error).message];
    }
  };
  const renamed = (file: Buffer, from: string, to: string): Buffer =>
    Buffer.from(file.toString('latin1').replaceAll(from, to), 'latin1');

  it('is read in each of two pickles of one name, in capitals, and behind a zero', () => {
    const both = zipOf({ 'model/data.pkl': harmful, 'model/date.pkl': harmless });
    expect(say(renamed(both, 'model/date.pkl', 'model/data.pkl'))).toEqual(['os.system']);
    expect(say(renamed(both, 'model/data.pkl', 'model/DATA.PKL'))).toEqual(['os.system']);
    expect(say(renamed(both, 'model/data.pkl', 'model/d.pkl\0ta'))).toEqual(['os.system']);
  });

  it('has one directory, wherever it is looked for', () => {
    const [good, bad] = [zipOf({ 'model/data.pkl': harmless }), zipOf({ 'model/data.pkl': harmful })];
    // The comment of the first end holds another end.
    const end = Buffer.from(bad.subarray(-22));
    end.writeUInt16LE(7, 20);
    const commented = Buffer.concat([good.subarray(0, -2), Buffer.from([22, 0]), end]);
    expect(say(commented)).toEqual([expect.stringContaining('its end is missing')]);
    // One of 64 bits leads elsewhere than the short one.
    const at = good.length - 22;
    const list = good.readUInt32LE(at + 16);
    const wide = (start: number): Buffer =>
      Buffer.concat([
        good.subarray(0, at),
        Buffer.from('504b0606', 'hex'),
        u64(44),
        Buffer.alloc(12),
        u64(1),
        u64(1),
        u64(at - list),
        u64(start),
        Buffer.from('504b060700000000', 'hex'),
        u64(at),
        u32(1),
        good.subarray(at),
      ]);
    expect(say(wide(list))).toEqual([]);
    expect(say(wide(list - 1))).toEqual([expect.stringContaining('directory is not where it says')]);
    // What is put before an archive shifts its places for some.
    const shifted = Buffer.concat([good.subarray(0, at), Buffer.alloc(5), good.subarray(at)]);
    expect(say(shifted)).toEqual([expect.stringContaining('directory is not where it says')]);
  });

  it('is read behind its first pickle, as PyTorch does if that is its number in other words', () => {
    const magic = Buffer.from('80038a0a6cfc9c46f9206aa850192e', 'hex');
    const small = Buffer.from('K\u0001.', 'latin1');
    expect(say(Buffer.concat([magic, small, small, harmful, small]))).toEqual(['os.system']);
    expect(say(Buffer.concat([harmless, harmful]), true)).toEqual(['os.system']);
    expect(say(Buffer.concat([harmless, Buffer.alloc(9)]), true)).toEqual([
      'goes on behind its pickle with what a check does not know',
    ]);
  });

  it('is no pickle where it is an archive of tar, whatever its first file is called', () => {
    const header = Buffer.alloc(1024);
    header.write('N.', 0);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(say(header, true)).toEqual(['is an archive of a form that PyTorch wrote until 2017']);
  });
});
