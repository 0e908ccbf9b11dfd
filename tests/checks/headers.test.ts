import { describe, expect, it } from 'vitest';
import { bytesOfBuffer } from '../../src/checks/bytes/cursor.ts';
import { readGguf } from '../../src/checks/formats/gguf.ts';
import { readOnnx } from '../../src/checks/formats/onnx.ts';
import { readSafetensors } from '../../src/checks/formats/safetensors.ts';
import {
  block,
  ggufOf,
  nestedOnnx,
  number,
  onnxOf,
  onnxTensor,
  safetensorsOf,
  smallGguf,
  TWO,
  twoTensors,
  u64,
} from './made.ts';

/** What is wrong with a file, or undefined. */
const wrong = (read: (bytes: ReturnType<typeof bytesOfBuffer>) => unknown, file: Buffer): string | undefined => {
  try {
    read(bytesOfBuffer(file));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

const withByte = (file: Buffer, at: number, value: number): Buffer => {
  const changed = Buffer.from(file);
  changed[at] = value;
  return changed;
};

const changedTo = (file: Buffer, from: string, to: string): Buffer => {
  const changed = Buffer.from(file.toString('latin1').replace(from, to), 'latin1');
  expect(changed.equals(file)).toBe(false);
  return changed;
};

describe('a safetensors file', () => {
  const said = (file: Buffer): string | undefined => wrong(readSafetensors, file);

  it('is read by its header', () => {
    expect(readSafetensors(bytesOfBuffer(twoTensors()))).toEqual({ names: ['a.weight', 'b.weight'], dataBytes: 16 });
    expect(readSafetensors(bytesOfBuffer(safetensorsOf({}, Buffer.alloc(0))))).toEqual({ names: [], dataBytes: 0 });
  });

  it.each<[string, Buffer, RegExp]>([
    ['cut short by one byte', twoTensors().subarray(0, -1), /^has (\d+) bytes, but its tensors end at byte \d+$/],
    ['longer by one byte', Buffer.concat([twoTensors(), Buffer.alloc(1)]), /but its tensors end at byte/],
    ['cut in its header', twoTensors().subarray(0, 40), /^ends at byte 40, in the middle/],
    ['empty', Buffer.alloc(0), /^ends at byte 0, in the middle/],
    [
      'an offset changed',
      changedTo(twoTensors(), '[0,12]', '[0,13]'),
      /“b\.weight” at byte 12 of the data, where 13 was due/,
    ],
    ['a hole', changedTo(twoTensors(), '[12,16]', '[13,16]'), /“b\.weight” at byte 13 of the data, where 12 was due/],
    [
      'a shape changed',
      changedTo(twoTensors(), '[3]', '[4]'),
      /“a\.weight” 12 bytes, which do not go with \[4\] of F32/,
    ],
    ['a type changed', changedTo(twoTensors(), 'BF16', 'BF61'), /of a form that a check does not know \(BF61\)/],
    ['a byte of its length changed', withByte(twoTensors(), 0, 9), /^has a header that is no JSON$/],
    ['an absurd length', safetensorsOf(TWO, Buffer.alloc(16), 2n ** 62n), /^holds a count of 4611686018427387904/],
    [
      'a length above the limit',
      safetensorsOf(TWO, Buffer.alloc(16), 100_000_001),
      /has 100000001 bytes; no more than 100000000/,
    ],
    ['no object', safetensorsOf('[]', Buffer.alloc(0)), /header that is no object/],
    ['no UTF-8', Buffer.concat([u64(2), Buffer.from([0x7b, 0xff])]), /header that is no UTF-8 text/],
    [
      'a shape beyond all numbers',
      safetensorsOf({ a: { dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 1] } }, Buffer.alloc(1)),
      /“a” 1 bytes, which do not go with/,
    ],
    [
      'a shape of many sides',
      safetensorsOf({ a: { dtype: 'U8', shape: Array(20_000).fill(1), data_offsets: [0, 2] } }, Buffer.alloc(2)),
      /“a” 2 bytes, which do not go with \[1, 1, 1, 1, 1, 1, 1, 1, … \(20000 sides\)\] of U8$/,
    ],
    [
      'an end before its beginning',
      safetensorsOf({ a: { dtype: 'U8', shape: [0], data_offsets: [0, -1] } }, Buffer.alloc(0)),
      /what cannot be/,
    ],
  ])('%s is told what it is', (_, file, reason) => {
    expect(said(file)).toMatch(reason);
  });

  it('takes what has numbers of less than a byte', () => {
    const four = { a: { dtype: 'F4', shape: [6], data_offsets: [0, 3] } };
    expect(said(safetensorsOf(four, Buffer.alloc(3)))).toBe(undefined);
    expect(said(safetensorsOf(four, Buffer.alloc(4)))).toMatch(/end at byte/);
  });

  it('finds every single byte that is missing at its end or changed in its length', () => {
    const file = twoTensors();
    for (let length = 0; length < file.length; length += 1) expect(said(file.subarray(0, length))).toBeDefined();
    for (let at = 0; at < 8; at += 1) expect(said(withByte(file, at, (file[at] ?? 0) ^ 1))).toBeDefined();
  });
});

describe('a GGUF file', () => {
  const said = (file: Buffer): string | undefined => wrong(readGguf, file);
  const tensor = { name: 't', sides: [32], type: 8, offset: 0 };

  it('is read by its counts, values and tensors, in both versions', () => {
    for (const version of [2, 3]) {
      const { tensors, dataBytes, values } = readGguf(bytesOfBuffer(smallGguf({ version })));
      expect({ tensors, dataBytes }).toEqual({ tensors: 2, dataBytes: 192 });
      expect(values.get('llama.block_count')).toBe(2);
    }
  });

  it.each<[string, Buffer, RegExp]>([
    ['cut short by one byte', smallGguf().subarray(0, -1), /^has \d+ bytes, but its tensors end at byte \d+$/],
    ['another beginning', withByte(smallGguf(), 0, 71 ^ 1), /does not begin as a GGUF file does/],
    ['a version that there is not', smallGguf({ version: 4 }), /of version 4; 2 and 3 are known/],
    ['the first version', smallGguf({ version: 1 }), /first version/],
    ['the other order of bytes', smallGguf({ version: 3 * 2 ** 24 }), /other order of bytes/],
    [
      'absurdly many tensors',
      smallGguf({ counts: [2n ** 40n, 7] }),
      /1099511627776 tensors and 7 values, for which it has no room/,
    ],
    ['absurdly many values', smallGguf({ counts: [2, 2n ** 52n] }), /for which it has no room/],
    ['a count beyond all numbers', smallGguf({ counts: [2n ** 63n, 7] }), /^holds a count of 9223372036854775808/],
    ['one value more than there is', smallGguf({ counts: [2, 8] }), /./],
    [
      'an offset changed',
      ggufOf({ tensors: [tensor, { ...tensor, name: 'u', offset: 32 }], data: Buffer.alloc(128) }),
      /“u” at byte 32 of the data, where 64 was due/,
    ],
    [
      'an absurd offset',
      ggufOf({ tensors: [{ ...tensor, offset: 2 ** 50 }], data: Buffer.alloc(64) }),
      /where 0 was due/,
    ],
    [
      'a row that its type cannot have',
      ggufOf({ tensors: [{ ...tensor, sides: [33] }], data: Buffer.alloc(64) }),
      /cannot have: \[33\]/,
    ],
    [
      'a shape beyond all numbers',
      ggufOf({ tensors: [{ ...tensor, sides: [2n ** 50n, 2n ** 50n] }], data: Buffer.alloc(64) }),
      /cannot have/,
    ],
    [
      'a type that nobody knows',
      ggufOf({ tensors: [{ ...tensor, type: 200 }], data: Buffer.alloc(64) }),
      /of type 200, which this check does not know/,
    ],
    [
      'nine dimensions',
      ggufOf({ tensors: [{ ...tensor, sides: [32, 1, 1, 1, 1, 1, 1, 1, 1] }], data: Buffer.alloc(64) }),
      /9 dimensions/,
    ],
    [
      'an alignment of zero',
      ggufOf({ values: { 'general.alignment': 0 }, tensors: [tensor], data: Buffer.alloc(64) }),
      /alignment that cannot be/,
    ],
    ['a text that is longer than the file', withByte(smallGguf(), 26, 255), /./],
  ])('%s is told what it is', (_, file, reason) => {
    expect(said(file)).toMatch(reason);
  });

  it.each<[type: number, numbers: number, bytes: number]>([
    [0, 1, 4],
    [1, 1, 2],
    [2, 32, 18],
    [3, 32, 20],
    [6, 32, 22],
    [7, 32, 24],
    [8, 32, 34],
    [9, 32, 36],
    [10, 256, 84],
    [11, 256, 110],
    [12, 256, 144],
    [13, 256, 176],
    [14, 256, 210],
    [15, 256, 292],
    [16, 256, 66],
    [17, 256, 74],
    [18, 256, 98],
    [19, 256, 50],
    [20, 32, 18],
    [21, 256, 110],
    [22, 256, 82],
    [23, 256, 136],
    [24, 1, 1],
    [28, 1, 8],
    [29, 256, 56],
    [30, 1, 2],
    [34, 256, 54],
    [35, 256, 66],
    [39, 32, 17],
  ])('of type %i has %i numbers in %i bytes, and not one byte less', (type, numbers, bytes) => {
    const file = ggufOf({ tensors: [{ ...tensor, sides: [numbers, 2], type }], data: Buffer.alloc(2 * bytes) });
    expect(said(file)).toBe(undefined);
    expect(said(file.subarray(0, -1))).toMatch(/tensors end at byte/);
  });

  it('may have a vocabulary of three hundred thousand words', () => {
    const tokens = Array.from({ length: 300_000 }, (_, index) => `word ${index}`);
    expect(said(smallGguf({ values: { 'tokenizer.ggml.tokens': tokens } }))).toBe(undefined);
  });
});

describe('an ONNX file', () => {
  const said = (file: Buffer): string | undefined => wrong(readOnnx, file);
  const six = Buffer.alloc(24, 1);

  it('is read by its graph and its tensors', () => {
    expect(readOnnx(bytesOfBuffer(onnxOf(onnxTensor(six))))).toEqual({
      tensors: 1,
      dataBytes: 24,
      external: new Map(),
    });
    const elsewhere = onnxTensor({ location: 'w.onnx_data', offset: 4096, length: 24 });
    expect(readOnnx(bytesOfBuffer(onnxOf(elsewhere))).external).toEqual(new Map([['w.onnx_data', 4120]]));
  });

  it('is followed into constants and branches', () => {
    const constant = block(1, block(4, 'Constant'), block(5, block(1, 'value'), block(5, onnxTensor(six.subarray(1)))));
    const branch = block(1, block(4, 'If'), block(5, block(1, 'then'), block(6, constant)));
    expect(said(Buffer.concat([number(1, 8), block(7, branch)]))).toMatch(/“w” 23 bytes; its shape needs 24/);
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'cut short by one byte',
      onnxOf(onnxTensor(six)).subarray(0, -1),
      /^has \d+ bytes, but what it says of itself needs \d+$/,
    ],
    ['empty', Buffer.alloc(0), /^holds no graph$/],
    ['without a graph', number(1, 8), /^holds no graph$/],
    ['without a version', block(7, block(2, 'g')), /^does not say of which version of ONNX it is$/],
    ['without its operators', Buffer.concat([number(1, 3), block(7, block(2, 'g'))]), /^does not say which operators/],
    ['with numbers missing', onnxOf(onnxTensor(six.subarray(4))), /“w” 20 bytes; its shape needs 24/],
    [
      'with a place but no name of it',
      onnxOf(Buffer.concat([number(1, 1), number(2, 1), number(14, 1)])),
      /does not say where/,
    ],
    [
      'with too few bytes elsewhere',
      onnxOf(onnxTensor({ location: 'w.data', offset: 0, length: 23 })),
      /23 bytes of “w\.data”; it needs 24/,
    ],
    ['with a type that nobody knows', onnxOf(Buffer.concat([number(1, 1), number(2, 99)])), /\(type 99\)/],
    [
      'with a shape of many sides, one by one',
      onnxOf(Buffer.concat([...Array.from({ length: 65 }, () => number(1, 1)), number(2, 1)])),
      /more than 64 dimensions$/,
    ],
    ['no protobuf', Buffer.from('{"a":1}'), /./],
    ['a number without an end', Buffer.alloc(20, 255), /number without an end/],
    ['graphs within graphs', nestedOnnx(200), /beyond what a check follows/],
  ])('%s is told what it is', (_, file, reason) => {
    expect(said(file)).toMatch(reason);
  });

  it('finds every single byte that is missing at its end', () => {
    const file = onnxOf(onnxTensor(six));
    const whole = Array.from({ length: file.length }, (_, length) => length).filter(
      (length) => said(file.subarray(0, length)) === undefined,
    );
    expect(whole).toEqual([]);
  });
});
