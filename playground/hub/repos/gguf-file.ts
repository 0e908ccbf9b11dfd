/** What a GGUF file is written of: numbers of 4 and of 8 bytes, texts, and values by their type (`enum gguf_type`). */
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
export const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
export const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
export const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

export const whole = (value: number): Buffer => Buffer.concat([u32(4), u32(value)]);
export const broken = (value: number): Buffer => Buffer.concat([u32(6), f32(value)]);
export const word = (value: string): Buffer => Buffer.concat([u32(8), text(value)]);
export const list = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(9), u32(type), u64(items.length), ...items]);

/**
 * A GGUF file of version 3 whose tensors are all 32-bit floats, one behind the other.
 * @param shapes the sides of each tensor, the innermost first
 * @param contentOf the bytes of so many numbers of a tensor; a whole number of 32 bytes
 */
export const ggufFile = (
  values: readonly (readonly [string, Buffer])[],
  shapes: Readonly<Record<string, readonly number[]>>,
  contentOf: (name: string, count: number) => Buffer,
): Buffer => {
  const heads: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, sides] of Object.entries(shapes)) {
    const content = contentOf(
      name,
      sides.reduce((product, side) => product * side, 1),
    );
    heads.push(Buffer.concat([text(name), u32(sides.length), ...sides.map(u64), u32(0), u64(offset)]));
    data.push(content);
    offset += content.length;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(heads.length),
    u64(values.length),
    ...values.flatMap(([key, value]) => [text(key), value]),
    ...heads,
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), ...data]);
};
