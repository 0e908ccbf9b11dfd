import { truncateSync } from 'node:fs';
import { copyOf, ggufOf, nestedOnnx, safetensorsOf, u32, u64, zipOf } from './made.ts';

/* A process of its own that reads files which say absurd things of themselves, and prints what it found and how much memory that took. */

const TB = 1e12;
const gguf = (tensors: number | bigint, values: number | bigint, ...rest: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors), u64(values), ...rest]);
const list = (type: number, count: number | bigint): Buffer[] => [
  u64(1),
  Buffer.from('k'),
  u32(9),
  u32(type),
  u64(count),
];

const zeros = (megabytes: number): Buffer => Buffer.alloc(megabytes * 1024 * 1024);
const pickles = (count: number, megabytes: number): Buffer => {
  const pickle = zeros(megabytes);
  return zipOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m/${index}.pkl`, pickle])), true);
};
/** Its directory says that what is packed in it has one byte. */
const lying = (file: Buffer): Buffer => {
  const other = Buffer.from(file);
  other.writeUInt32LE(1, other.readUInt32LE(other.length - 6) + 24);
  return other;
};

/** Files by their names, as they begin, with how long they are: what lies behind that is a hole. */
const FILES: Readonly<Record<string, readonly [file: Buffer, size?: number]>> = {
  'a.gguf': [gguf(2n ** 63n, 0)],
  'b.gguf': [gguf(2 ** 35, 0), TB],
  'c.gguf': [gguf(0, 2 ** 36), TB],
  'd.gguf': [gguf(0, 1, ...list(8, 1e9)), TB],
  'e.gguf': [gguf(0, 1, ...list(9, 8e10)), TB],
  'f.gguf': [gguf(0, 1, u64(2n ** 62n)), TB],
  'g.gguf': [gguf(0, 1, u64(1), Buffer.from('k'), u32(8), u64(2 ** 50)), TB],
  'h.gguf': [ggufOf({ tensors: [{ name: 't', sides: [2 ** 50], type: 24, offset: 0 }], data: Buffer.alloc(0) }), TB],
  'i.safetensors': [safetensorsOf('{}', Buffer.alloc(0), 2n ** 64n - 1n)],
  'j.safetensors': [Buffer.alloc(0), TB],
  'k.safetensors': [u64(99_999_999), TB],
  'l.onnx': [nestedOnnx(10_000)],
  'm.onnx': [Buffer.alloc(0), TB],
  'n.pt': [zipOf({ 'm/data.pkl': zeros(65) }, true)],
  'o.pt': [lying(zipOf({ 'm/data.pkl': zeros(60) }, true))],
  'p.pt': [pickles(6, 60)],
  'q.bin': [Buffer.alloc(0), TB],
  'r.pkl': [Buffer.concat([Buffer.from([0x8e]), u64(TB)]), TB],
  's.json': [Buffer.from('{}'), TB],
  't.npy': [Buffer.alloc(0), TB],
  'u.keras': [zipOf({ 'config.json': zeros(65) })],
};

const contents = Object.fromEntries(Object.entries(FILES).map(([path, [file]]) => [path, file]));
const listed = Object.entries(FILES).flatMap(([path, [, size]]) =>
  size === undefined ? [] : [{ path, size, etag: 'a'.repeat(64) }],
);
const said: Record<string, string> = {};
for (const [path, content] of Object.entries(contents)) {
  const copy = copyOf(
    { [path]: content },
    listed.filter((file) => file.path === path),
  );
  try {
    for (const { size } of listed.filter((file) => file.path === path)) truncateSync(copy.placeOf(path), size);
    const { whole } = await copy.read();
    const [[remark], kind] = whole.faults.length > 0 ? [whole.faults, 'fault'] : [whole.unread, 'unread'];
    said[path] = remark ? `${kind}: ${remark.reason}` : 'whole';
  } finally {
    copy.remove();
  }
}
process.stdout.write(JSON.stringify(said));
