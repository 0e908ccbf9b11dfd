import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesOfBuffer } from '../../src/checks/bytes/cursor.ts';
import type { Imports } from '../../src/checks/formats/pickle/pickle.ts';
import { readTorch } from '../../src/checks/formats/torch.ts';
import { checked, smallGguf, twoTensors, u32, u64, zipOf } from './made.ts';
import { pickled, torchFile } from './torch-files.ts';

/** As joblib 1.6.0, numpy 2.4.6, dill 0.4.1 and h5py 3.16.0 have written them: packed, and in base64. */
const WRITTEN = JSON.parse(readFileSync(join(import.meta.dirname, 'python-files.json'), 'utf8')) as Record<
  string,
  string
>;
const written = (name: string): Buffer => gunzipSync(Buffer.from(WRITTEN[name] ?? '', 'base64'));

/** What a check says of one file: what would be run, what is wrong, what was not read; nothing where it is whole. */
const said = async (path: string, file: Buffer | string): Promise<string[]> => {
  const { whole } = await checked({ [path]: file });
  return [
    ...whole.imports.flatMap(({ names }) => names),
    ...whole.faults.map(({ reason }) => `fault: ${reason}`),
    ...whole.unread.map(({ reason }) => `unread: ${reason}`),
  ];
};

const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
const bytes = (...codes: number[]): Buffer => Buffer.from(codes);
const EVIL = Buffer.from("cos\nsystem\n(S'ls'\ntR.");

describe('a file that joblib has written', () => {
  it('is followed through the arrays in the middle of it, to its end', async () => {
    expect(await said('model.joblib', written('plain.joblib'))).toEqual([]);
    expect(await said('model.pkl', written('plain.joblib'))).toEqual([]);
    expect(await said('model.joblib', written('plain.joblib').subarray(0, -1))).toEqual([
      expect.stringMatching(/^fault: ends at byte \d+, in the middle/),
    ]);
    // Two arrays of numbers, one of texts, one of objects; a class of its own.
    expect(await said('model.joblib', written('est.joblib'))).toEqual(['sklearn.x.Est']);
    expect((await checked({ 'model.joblib': written('plain.joblib') })).whole).toMatchObject({ weightFiles: 1 });
  });

  it('may be packed', async () => {
    expect(await said('model.joblib', written('z.joblib'))).toEqual([]);
    expect(await said('model.joblib', written('gz.joblib'))).toEqual([]);
    expect(await said('model.joblib', written('xz.joblib'))).toEqual([
      'unread: is packed in a way that a check does not know',
    ]);
    expect(await said('model.joblib', written('z.joblib').subarray(0, -9))).toEqual(['fault: cannot be unpacked']);
  });

  const dtype = (type: string, state: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('cnumpy\ndtype\n'),
      text(type),
      bytes(0x85),
      Buffer.from('R('),
      state,
      Buffer.from('tb'),
    ]);
  const plainState = Buffer.concat([
    bytes(75, 3),
    text('|'),
    Buffer.from('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0', 'latin1'),
  ]);
  const wrapper = Buffer.from('cjoblib.numpy_pickle\nNumpyArrayWrapper\n');
  const made = Buffer.concat([wrapper, Buffer.from(')'), bytes(0x81)]);
  const fields = (shape: Buffer, type = dtype('u1', plainState), more: Buffer = Buffer.alloc(0)): Buffer =>
    Buffer.concat([Buffer.from('}('), text('shape'), shape, text('dtype'), type, more, Buffer.from('ub')]);
  const length = (count: number): Buffer => bytes(75, count, 0x85);
  const file = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from('.')]);

  it('is read as joblib reads it, and as Python’s own pickle does', async () => {
    expect(await said('a.joblib', file(made, fields(length(4)), Buffer.from('xxxx')))).toEqual([]);
    expect(await said('a.joblib', file(made, fields(length(4)), Buffer.from('xxxx0'), EVIL.subarray(0, -1)))).toEqual([
      'os.system',
    ]);
    expect(await said('a.joblib', file(made, fields(length(EVIL.length)), EVIL))).toEqual(['os.system']);
    // Objects are a pickle of their own.
    const objects = fields(length(1), dtype('O8', plainState));
    expect(await said('a.joblib', file(made, objects, EVIL))).toEqual(['os.system']);
  });

  it.each<[string, Buffer]>([
    ['of a length that is worked out', file(made, fields(Buffer.from('N')), EVIL)],
    ['of a type that is worked out', file(made, fields(length(4), Buffer.from('N')), EVIL)],
    [
      'of a type with a size of its own',
      file(
        made,
        fields(length(1), dtype('S5', Buffer.concat([plainState.subarray(0, 8), bytes(75, 99, 75, 1, 75, 0)]))),
        EVIL,
      ),
    ],
    ['of a type that holds others', file(made, fields(length(1), dtype('V9', plainState)), EVIL)],
    [
      'with too much said of it',
      file(
        made,
        fields(
          length(4),
          dtype('u1', plainState),
          Buffer.concat(Array.from({ length: 40 }, (_, index) => Buffer.concat([text(`k${index}`), Buffer.from('N')]))),
        ),
        EVIL,
      ),
    ],
    [
      'with something said of it by no name',
      file(made, fields(length(4), dtype('u1', plainState), Buffer.from('K\u0001N')), EVIL),
    ],
    [
      'that is built twice',
      file(made, bytes(113, 0), fields(length(4)), Buffer.from('xxxx0'), bytes(104, 0), fields(length(4)), EVIL),
    ],
    ['that is made by a call', file(wrapper, Buffer.from(')R'), fields(length(4)), EVIL)],
    [
      'whose class is changed',
      file(wrapper, Buffer.from('N}'), bytes(0x86), Buffer.from('b0'), made, fields(length(4)), EVIL),
    ],
    [
      'of something that nobody knows',
      file(wrapper, Buffer.from('0ccopyreg\n_reconstructor\n)R'), fields(length(4)), EVIL),
    ],
    [
      'that is aligned by nobody knows what',
      file(
        made,
        fields(
          length(4),
          dtype('u1', plainState),
          Buffer.concat([text('numpy_array_alignment_bytes'), Buffer.from(']')]),
        ),
        EVIL,
      ),
    ],
  ])('is left where it has an array %s', async (_, bent) => {
    expect(await said('a.joblib', bent)).toEqual([expect.stringMatching(/^unread: holds (an array|arrays) /)]);
  });
});

describe('a file of numpy', () => {
  it('is whole if its numbers are there, also in an archive, packed or not', async () => {
    expect(await said('a.npy', written('a.npy'))).toEqual([]);
    expect(await said('a.npy', written('a.npy').subarray(0, -1))).toEqual([
      'fault: has 151 bytes, but its numbers end at byte 152',
    ]);
    expect(await said('a.npz', written('a.npz'))).toEqual([]);
    expect(await said('a.npz', written('c.npz'))).toEqual([]);
    const short = { 'w.npy': written('a.npy').subarray(0, -1) };
    for (const isPacked of [false, true])
      expect(await said('weights.npz', zipOf(short, isPacked))).toEqual([
        'fault: holds “w.npy”, which has 151 bytes, but its numbers end at byte 152',
      ]);
    const { whole } = await checked({ 'weights.npz': written('a.npz') });
    expect(whole).toMatchObject({ weightFiles: 1, tensors: 2 });
  });

  it('whose values are objects is a pickle, whatever its name in an archive is', async () => {
    expect(await said('o.npy', written('o.npy'))).toEqual(['posix.system']);
    for (const isPacked of [false, true])
      expect(await said('o.npz', zipOf({ 'harmless.txt': written('o.npy') }, isPacked))).toEqual(['posix.system']);
  });

  it('is left where it says what it is in other words than numpy’s, of which Python takes the last', async () => {
    expect(await said('s.npy', written('s.npy'))).toEqual(['unread: has a header that a check does not read']);
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'descr': '|O', }\n";
    const twice = Buffer.concat([
      Buffer.from('\u0093NUMPY\u0001\0', 'latin1'),
      u32(header.length).subarray(0, 2),
      Buffer.from(header),
      EVIL,
    ]);
    expect(await said('a.npy', twice)).toEqual(['unread: has a header that a check does not read']);
  });

  it('that is none is loaded as a pickle by numpy, and looked into as one', async () => {
    expect(await said('a.npy', EVIL)).toEqual(['os.system']);
    expect(await said('a.npy', zipOf({ 'o.npy': written('o.npy') }))).toEqual(['posix.system']);
  });
});

it('a file of dill is a pickle', async () => {
  expect(await said('f.dill', written('l.dill'))).toEqual([
    'dill._dill._create_function',
    'dill._dill._create_code',
    '__builtin__.__main__',
  ]);
});

describe('a model of Keras', () => {
  const keras = (config: object): Buffer =>
    zipOf({ 'metadata.json': Buffer.from('{}'), 'config.json': Buffer.from(JSON.stringify(config)) });
  const layer = { module: 'keras.layers', class_name: 'Dense', config: { units: 3 } };
  const LEFT = 'unread: is a model of Keras, of which a check reads only what its layers would run';

  it('is told of code that a layer brings, and of what it imports from elsewhere', async () => {
    expect(await said('m.keras', keras({ class_name: 'Sequential', config: { layers: [layer] } }))).toEqual([LEFT]);
    const lambda = {
      class_name: 'Lambda',
      config: { function: { class_name: '__lambda__', config: { code: '4wE=' } } },
    };
    expect(await said('m.keras', keras({ config: { layers: [layer, lambda] } }))).toEqual([
      'code of its own (a Lambda layer)',
      LEFT,
    ]);
    expect(await said('m.keras', keras({ config: [[{ module: 'os', class_name: 'system' }]] }))).toEqual([
      'os.system',
      LEFT,
    ]);
    const named = { module: 'builtins', class_name: 'function', config: 'relu' };
    expect(await said('m.keras', keras({ config: named }))).toEqual([LEFT]);
  });

  it('is broken without what says how it is built', async () => {
    expect(await said('m.keras', zipOf({ 'model.weights.h5': Buffer.alloc(9) }))).toEqual([
      'fault: is an archive without “config.json”',
    ]);
    expect(await said('m.keras', zipOf({ 'config.json': Buffer.from('{') }))).toEqual([
      'fault: holds “config.json”, which is no JSON',
    ]);
  });

  it.each(['v0.h5', 'plain.h5'])('as HDF5 (%s) is told to be cut short, by one byte too', async (name) => {
    const LEFT_HDF5 =
      'unread: is an HDF5 file, of which a check reads only whether it is cut short and whether it names code of its own';
    const file = written(name);
    const code = name === 'v0.h5' ? ['code of its own (a Lambda layer)'] : [];
    expect(await said('M.H5', file)).toEqual([...code, LEFT_HDF5]);
    expect(await said('m.h5', file.subarray(0, -1))).toEqual([
      ...code,
      `fault: has ${file.length - 1} bytes, but says that it ends at byte ${file.length}`,
    ]);
    expect(await said('m.h5', file.subarray(1))).toEqual(['fault: does not begin as an HDF5 file does']);
  });
});

it.each([
  'saved_model.pb',
  'variables/variables.data-00000-of-00001',
  'flax_model.msgpack',
  'model.tflite',
  'model.nemo',
])('of %s it is said that it was not looked into', async (path) => {
  expect(await said(path, 'x')).toEqual(['unread: is of a form that a check does not read']);
});

it.each<[string, Buffer]>([
  ['MODEL.SAFETENSORS', twoTensors()],
  ['Tiny.GGUF', smallGguf()],
  ['Model.PT', torchFile(Buffer.alloc(12))],
  ['pytorch_model.BIN', torchFile(Buffer.alloc(12))],
  ['weights.CKPT', torchFile(Buffer.alloc(12))],
  ['Model.Joblib', written('plain.joblib')],
])('%s is known by the end of its name, whichever letters are capitals', async (path, file) => {
  expect(await said(path, file)).toEqual([]);
  expect((await checked({ [path]: file })).whole.weightFiles).toBe(1);
  expect(await said(path, file.subarray(0, -1))).toEqual([expect.stringMatching(/^fault: /)]);
});

describe('an archive of PyTorch', () => {
  const read = (file: Buffer) =>
    readTorch(bytesOfBuffer(file), { names: new Set(), calls: false } satisfies Imports, false);

  it('has the most of the numbers that its pickle says of one key, whichever it says last', () => {
    const twice = ([first, second]: readonly [number, number]): Buffer =>
      Buffer.concat([pickled(first).subarray(0, -1), Buffer.from('0'), pickled(second).subarray(2)]);
    for (const counts of [
      [3, 4],
      [4, 3],
    ] as const) {
      const archive = (data: Buffer): Buffer => zipOf({ 'm/data.pkl': twice(counts), 'm/data/0': data });
      expect(read(archive(Buffer.alloc(16)))).toEqual({ storages: 1, dataBytes: 16 });
      expect(() => read(archive(Buffer.alloc(15)))).toThrow('has 15 bytes for a tensor that needs 16 (“0”)');
    }
  });

  it('is looked into, and not what it holds as an archive of its own', () => {
    const inner = zipOf({ 'n/data.pkl': EVIL });
    expect(() => read(zipOf({ 'm/data.pkl': Buffer.from('N.'), 'm/other.pt': inner }))).toThrow(
      'holds another archive (“m/other.pt”), which is not looked into',
    );
  });

  it('may give sizes and places in 64 bits, which have to be right as well', () => {
    const [name, content] = ['m/data.pkl', pickled(0)];
    const wide = (size: number | bigint, place: number | bigint): Buffer => {
      const shared = [bytes(45, 0), bytes(0, 0), bytes(0, 0), u32(0), u32(0)];
      const named = [bytes(name.length, 0)];
      const local = Buffer.concat([
        u32(0x04034b50),
        ...shared,
        u32(content.length),
        u32(content.length),
        ...named,
        bytes(0, 0),
        Buffer.from(name),
        content,
      ]);
      const data = Buffer.concat([
        u32(0x04034b50),
        ...shared,
        u32(0),
        u32(0),
        bytes(8, 0),
        bytes(0, 0),
        Buffer.from('m/data/0'),
      ]);
      const extra = Buffer.concat([bytes(9, 0, 2, 0, 7, 7), bytes(1, 0, 24, 0), u64(size), u64(size), u64(place)]);
      const full = u32(0xffffffff);
      const tail = [bytes(0, 0), bytes(0, 0), bytes(0, 0), u32(0)];
      const entry = [u32(0x02014b50), bytes(45, 0), ...shared];
      const list = Buffer.concat([
        Buffer.concat([
          ...entry,
          full,
          full,
          ...named,
          bytes(extra.length, 0),
          ...tail,
          full,
          Buffer.from(name),
          extra,
        ]),
        Buffer.concat([
          ...entry,
          u32(0),
          u32(0),
          bytes(8, 0),
          bytes(0, 0),
          ...tail,
          u32(local.length),
          Buffer.from('m/data/0'),
        ]),
      ]);
      const start = local.length + data.length;
      return Buffer.concat([
        local,
        data,
        list,
        u32(0x06054b50),
        u32(0),
        bytes(2, 0, 2, 0),
        u32(list.length),
        u32(start),
        bytes(0, 0),
      ]);
    };
    expect(read(wide(content.length, 0))).toEqual({ storages: 1, dataBytes: 0 });
    expect(() => read(wide(content.length + 500, 0))).toThrow(
      /“m\/data\.pkl” ends at byte \d+, behind where its directory/,
    );
    expect(() => read(wide(content.length, 1))).toThrow('“m/data.pkl” is not where its directory says');
    expect(() => read(wide(2n ** 63n, 0))).toThrow('holds a count of 9223372036854775808');
    expect(() => read(wide(content.length, 2n ** 52n))).toThrow(/ends at byte/);
  });
});
