import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOfBuffer, cursorOf } from '../../src/checks/bytes/cursor.ts';
import { isAllowedImport } from '../../src/checks/formats/allowed-imports.ts';
import { type Imports, readPickle } from '../../src/checks/formats/pickle/pickle.ts';
import { readTorch } from '../../src/checks/formats/torch.ts';
import { checked, u32, u64, zipOf } from './made.ts';
import { oldTorchFile, pickled, torchFile } from './torch-files.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;

const none = (): Imports => ({ names: new Set(), calls: false });
const scan = (file: Buffer): Imports & { readonly opcodes: number; readonly end: number } => {
  const imports = none();
  const cursor = cursorOf(bytesOfBuffer(file));
  const { opcodes } = readPickle(cursor, imports);
  return { ...imports, opcodes, end: cursor.at() };
};
const names = (file: Buffer | string): (string | undefined)[] => [...scan(Buffer.from(file as Buffer)).names];

/** Writes random values in all protocols, and what pickletools says of each. */
const RANDOM = `
import base64, collections, datetime, decimal, json, pickle, pickletools, random
random.seed(20261129)
class Thing:
    def __init__(self, value): self.value = value
class Slotted:
    __slots__ = ('a', 'b')
Thing.__module__ = Slotted.__module__ = 'things'
import sys, types
things = types.ModuleType('things'); things.Thing = Thing; things.Slotted = Slotted; sys.modules['things'] = things
def value(depth):
    kind = random.randrange(22 if depth > 0 else 13)
    if kind == 0: return None
    if kind == 1: return random.random() < 0.5
    if kind == 2: return random.randrange(256)
    if kind == 3: return random.randrange(-70000, 70000)
    if kind == 4: return random.getrandbits(random.choice([31, 32, 63, 64, 200, 3000])) * random.choice([1, -1])
    if kind == 5: return random.gauss(0, 1e9)
    if kind == 6: return ''.join(random.choice('ab\\\\\\n\\u00e9\\U0001f600\\x00') for _ in range(random.choice([0, 3, 40, 300, 70000 if depth > 2 else 5])))
    if kind == 7: return bytes(random.randrange(256) for _ in range(random.choice([0, 5, 300])))
    if kind == 8: return bytearray(b'abc' * random.randrange(200))
    if kind == 9: return complex(1, 2)
    if kind == 10: return datetime.datetime(2026, 1, 1)
    if kind == 11: return decimal.Decimal('1.5')
    if kind == 12: return collections.OrderedDict
    if kind == 13: return [value(depth - 1) for _ in range(random.choice([0, 1, 3, 1200 if depth > 3 else 2]))]
    if kind == 14: return tuple(value(depth - 1) for _ in range(random.randrange(6)))
    if kind == 15: return {random.choice([str(n), n]): value(depth - 1) for n in range(random.randrange(5))}
    if kind == 16: return {random.randrange(50) for _ in range(random.randrange(9))}
    if kind == 17: return frozenset(range(random.randrange(4)))
    if kind == 18: return Thing(value(depth - 1))
    if kind == 19:
        slotted = Slotted(); slotted.a = value(depth - 1)
        return slotted if protocol >= 2 else None
    if kind == 20:
        shared = value(depth - 1)
        return [shared, shared, [shared]]
    return collections.Counter('hello')
for index in range(400):
    protocol = index % 6
    data = pickle.dumps(value(4), protocol)
    count, imports, strings = 0, set(), []
    for opcode, arg, at in pickletools.genops(data):
        count += 1
        if opcode.name in ('GLOBAL', 'INST'): imports.add(arg.replace(' ', '.'))
    print(json.dumps({'data': base64.b64encode(data).decode(), 'opcodes': count, 'imports': sorted(imports), 'protocol': protocol}))
`;

interface Random {
  readonly data: string;
  readonly opcodes: number;
  readonly imports: readonly string[];
  readonly protocol: number;
}

/** A pickle that runs a command when it is loaded; `target` proves that it did not. */
const evil = (target: string): Buffer => Buffer.from(`cos\nsystem\n(S'touch ${target}'\ntR.`);

describe.skipIf(!hasPython)('400 random pickles of the protocols 0 to 5', () => {
  const random = (): Random[] =>
    execFileSync('python3', ['-c', RANDOM], { maxBuffer: 2 ** 28 })
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Random);

  it('have as many opcodes as Python’s own pickletools counts, and end where they end', () => {
    const pickles = random();
    expect(pickles).toHaveLength(400);
    for (const { data, opcodes, imports, protocol } of pickles) {
      const file = Buffer.from(data, 'base64');
      const found = scan(file);
      expect({ opcodes: found.opcodes, end: found.end }).toEqual({ opcodes, end: file.length });
      expect([...found.names]).not.toContain(undefined);
      // Later protocols name what they import by texts before it, which pickletools does not put together.
      expect(protocol < 4 ? found.names : new Set()).toEqual(new Set(imports));
      expect(() => scan(file.subarray(0, -1))).toThrow(/in the middle of what should be there/);
    }
  });
});

describe('what a pickle imports', () => {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
  const stackGlobal = Buffer.from([0x93]);
  const stop = Buffer.from('.');

  it('is told in every way in which a pickle can say it', () => {
    expect(names('cos\nsystem\n.')).toEqual(['os.system']);
    expect(names("(S'ls'\nios\nsystem\n.")).toEqual(['os.system']);
    expect(names(Buffer.concat([text('os'), text('system'), stackGlobal, stop]))).toEqual(['os.system']);
    expect(names(Buffer.from([0x82, 7, 46]))).toEqual(['copyreg extension 7']);
  });

  it('is found where the texts were remembered, or something else came in between', () => {
    const [memoize, get, pop] = [Buffer.from([0x94]), (index: number) => Buffer.from([104, index]), Buffer.from('0')];
    const remembered = [text('os'), memoize, pop, text('system'), memoize, pop, get(0), get(1), stackGlobal, stop];
    expect(names(Buffer.concat(remembered))).toEqual(['os.system']);
    const between = [text('os'), Buffer.from('N0'), text('system'), Buffer.from('(NNN1'), stackGlobal, stop];
    expect(names(Buffer.concat(between))).toEqual(['os.system']);
  });

  it('is unknown, and never guessed, where it is worked out while it is loaded', () => {
    expect(names(Buffer.concat([text('os'), Buffer.from('N'), stackGlobal, stop]))).toEqual([undefined]);
    expect(names(Buffer.concat([stackGlobal, stop]))).toEqual([undefined]);
    const buried = [text('os'), text('system'), Buffer.from('('), Buffer.from('N'.repeat(9000)), Buffer.from('1')];
    expect(names(Buffer.concat([...buried, stackGlobal, stop]))).toEqual([undefined]);
    expect(isAllowedImport(undefined)).toBe(false);
  });

  it.each([
    'collections.OrderedDict',
    'torch._utils._rebuild_tensor_v2',
    'torch.FloatStorage',
    'torch.storage.UntypedStorage',
    'torch.bfloat16',
    'numpy._core.multiarray._reconstruct',
    'numpy.dtype',
    '_codecs.encode',
    'builtins.set',
  ])('%s makes nothing but values', (name) => expect(isAllowedImport(name)).toBe(true));

  it.each([
    'os.system',
    'posix.system',
    'builtins.eval',
    'builtins.getattr',
    'torch.load',
    'torch._utils._rebuild_tensor_v2.__globals__',
    'torch.hub.load',
    'numpy.load',
    'collections.OrderedDict.__init__',
    'x.collections.OrderedDict',
    '',
  ])('%s is not let pass', (name) => expect(isAllowedImport(name)).toBe(false));
});

describe('a pickle that is bent', () => {
  it.each<[string, Buffer | string, RegExp]>([
    ['a byte that is no opcode', Buffer.from([0x80, 2, 0xff]), /no pickle’s opcode at byte 2/],
    ['a length of 2^63', Buffer.concat([Buffer.from([0x8e]), u64(2n ** 63n), Buffer.from('.')]), /holds a count of/],
    ['a length of four billion', Buffer.concat([Buffer.from('B'), u32(4_000_000_000)]), /needs 4000000005/],
    ['a length below zero', Buffer.concat([Buffer.from('T'), u32(2 ** 32 - 1)]), /length below zero/],
    ['a line without an end', 'cos', /in the middle/],
    ['nothing', '', /in the middle/],
  ])('%s is a fault of the file', (_, file, reason) => {
    expect(() => scan(Buffer.from(file as Buffer))).toThrow(reason);
  });
});

describe('a file of PyTorch', () => {
  const read = (file: Buffer) => readTorch(bytesOfBuffer(file), none(), false);

  it('has all numbers that its pickle names', () => {
    expect(read(torchFile(Buffer.alloc(12)))).toEqual({ storages: 1, dataBytes: 12 });
    expect(read(torchFile(Buffer.alloc(12), true))).toEqual({ storages: 1, dataBytes: 12 });
    expect(() => read(torchFile(Buffer.alloc(11)))).toThrow(/11 bytes for a tensor that needs 12/);
    expect(() => read(zipOf({ 'model/data.pkl': pickled(3) }))).toThrow(/lacks the numbers of a tensor \(“0”\)/);
    expect(() => read(torchFile(Buffer.alloc(12)).subarray(0, -1))).toThrow(/its end is missing/);
  });

  it('is read where its headers stand, and hardly elsewhere, however many files it has', () => {
    const data = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`model/data/${index}`, Buffer.alloc(40_000)]),
    );
    const file = bytesOfBuffer(zipOf({ ...data, 'model/data.pkl': Buffer.from('N.') }));
    let bytes = 0;
    const counted = {
      ...file,
      read: (start: number, length: number) => {
        bytes += length;
        return file.read(start, length);
      },
    };
    expect(readTorch(counted, none(), false)).toEqual({ storages: 0, dataBytes: 0 });
    expect(bytes).toBeLessThan(200_000);
  });

  it('is judged in the form from before 1.6, too', () => {
    const file = oldTorchFile();
    expect(read(file)).toEqual({ storages: 1, dataBytes: 12 });
    expect(() => read(file.subarray(0, -1))).toThrow(/tensors end at byte/);
  });

  it('is no fault, and nothing that was proved, where it is something else', () => {
    expect(() => read(Buffer.from('lmgg, which older programs read'))).toThrow('is of no form that a check knows');
    expect(() => read(Buffer.from('config of something\nelse\n'))).toThrow('is of no form that a check knows');
  });

  it('whose archive is bent is told so', () => {
    const file = torchFile(Buffer.alloc(12));
    const end = file.length - 22;
    const changed = (at: number, bytes: Buffer): Buffer =>
      Buffer.concat([file.subarray(0, at), bytes, file.subarray(at + bytes.length)]);
    expect(() => read(changed(end + 10, Buffer.from([255, 127])))).toThrow(/says it has 32767 files/);
    expect(() => read(changed(end + 16, u32(5)))).toThrow(/damaged|not where/);
    expect(() => read(changed(0, Buffer.from('PK\u0003\u0004')))).not.toThrow();
    expect(() => read(changed(file.indexOf('model/data.pkl', 60) - 4, u32(9999)))).toThrow(/not where|ends at byte/);
  });
});

describe('a check of pickles', () => {
  const target = join(import.meta.dirname, 'was-run');

  it.each<[string, Buffer]>([
    ['pytorch_model.bin', evil(target)],
    ['model.pt', zipOf({ 'model/data.pkl': evil(target) })],
    ['model.ckpt', zipOf({ 'model/data.pkl': evil(target) }, true)],
    ['weights.pkl', evil(target)],
    ['training_args.bin', evil(target)],
  ])('says that %s would run a command, and runs nothing', async (path, file) => {
    const { whole } = await checked({ [path]: file });
    expect(whole.imports).toEqual([{ path, names: ['os.system'], others: 0, isRun: true }]);
    expect(existsSync(target)).toBe(false);
  });

  it('tells of a command also where the pickle breaks off behind it', async () => {
    const { whole } = await checked({ 'pytorch_model.bin': evil(target).subarray(0, -1) });
    expect(whole.imports).toHaveLength(1);
    expect(whole.faults).toHaveLength(1);
  });

  it('says nothing of what weights import', async () => {
    const { whole, need } = await checked({ 'pytorch_model.bin': torchFile(Buffer.alloc(12)) });
    expect(whole).toMatchObject({ weightFiles: 1, faultCount: 0, importCount: 0, unreadCount: 0 });
    expect(need).toEqual({ weightBytes: 12 });
  });
});
