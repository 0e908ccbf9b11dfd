/* checks/formats: a reader for each format of weights: its header is right, or what is wrong with it is a sentence. */

import { z } from 'zod';
import { table } from '../../lib/table.ts';
import { type Bytes, cursorOf } from '../bytes/cursor.ts';
import { broken, shown, unread } from '../bytes/fault.ts';
import { parseJson } from './json.ts';
import { numbersIn, shownShape } from './product.ts';

/** What a file of tensors holds. */
export interface Tensors {
  readonly names: readonly string[];
  /** Bytes of numbers, without the header. */
  readonly dataBytes: number;
}

/** https://github.com/huggingface/safetensors: "there is a limit on the size of the header of 100MB". */
const HEADER_MOST = 100_000_000;

/** Bits of a number, by the names of the reference implementation (`Dtype` in tensor.rs). */
const BITS = table<number>({
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
});

const wholeNumber = z.number().int().nonnegative();
const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(wholeNumber),
  data_offsets: z.tuple([wholeNumber, wholeNumber]),
});
type Tensor = z.infer<typeof tensorSchema> & { readonly name: string };

const readTensors = (header: unknown): Tensor[] => {
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    return broken('has a header that is no object');
  return Object.entries(header).flatMap(([name, value]) => {
    if (name === '__metadata__') return [];
    const { success, data } = tensorSchema.safeParse(value);
    if (!success) return broken(`says of its tensor “${shown(name)}” what cannot be`);
    return [{ ...data, name }];
  });
};

const checkSize = ({ name, dtype, shape, data_offsets: [from, to] }: Tensor): void => {
  const bits = BITS[dtype];
  if (bits === undefined) return unread(`has numbers of a form that a check does not know (${shown(dtype, 20)})`);
  const numbers = numbersIn(shape);
  if (numbers !== undefined && (numbers * bits) / 8 === to - from) return;
  broken(`gives its tensor “${shown(name)}” ${to - from} bytes, which do not go with ${shownShape(shape)} of ${dtype}`);
};

/**
 * Reads the header and holds it against the file: every tensor in its size, one behind the other, to the end of the file.
 * @throws Fault or Unread
 */
export const readSafetensors = (bytes: Bytes): Tensors => {
  const cursor = cursorOf(bytes);
  const length = cursor.u64();
  if (length > HEADER_MOST) broken(`says that its header has ${length} bytes; no more than ${HEADER_MOST} are allowed`);
  const tensors = readTensors(parseJson(cursor.bytes(length), 'has a header that'));
  tensors.sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let end = 0;
  for (const { name, data_offsets: offsets } of tensors) {
    if (offsets[0] !== end || offsets[1] < end)
      broken(`has its tensor “${shown(name)}” at byte ${offsets[0]} of the data, where ${end} was due`);
    [, end] = offsets;
  }
  const needed = 8 + length + end;
  if (needed !== bytes.size) broken(`has ${bytes.size} bytes, but its tensors end at byte ${needed}`);
  for (const tensor of tensors) checkSize(tensor);
  return { names: tensors.map(({ name }) => name), dataBytes: end };
};
