import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Pull } from '../library/pulling/pulling.ts';
import { Problem } from './problem.ts';

/** A model's name, and two words. */
const BYTES_MOST = 16_384;
/** Of a body that is too large this much is let through: who is still sending hears no answer otherwise, only that nobody reads. */
const PASSED_MOST = 2 * 1024 * 1024;

const isJson = (type: string | undefined): boolean => /^application\/json\s*(?:;|$)/i.test(type ?? '');

/** @throws Problem 413, 415 */
const readText = async (request: IncomingMessage): Promise<string> => {
  if (!isJson(request.headers['content-type']))
    throw new Problem(415, 'The body has to be JSON, with Content-Type: application/json.');
  const detail = `The body has more than ${BYTES_MOST} bytes.`;
  // What is not read to its end leaves no connection for another call.
  const cut = (): Problem => new Problem(413, detail, { headers: { connection: 'close' } });
  if (Number(request.headers['content-length'] ?? 0) > PASSED_MOST) throw cut();
  const chunks: Buffer[] = [];
  let length = 0;
  // Whoever sends too much is still to be told.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > PASSED_MOST) throw cut();
    if (length <= BYTES_MOST) chunks.push(chunk);
  }
  if (length > BYTES_MOST) throw new Problem(413, detail);
  return Buffer.concat(chunks).toString('utf8');
};

const FIELDS = {
  model: {
    schema: z.string().trim().min(1).max(256),
    expected: 'the name of a repository of 1 to 256 characters, such as gpt2 or Qwen/Qwen3-0.6B',
  },
  quantize: {
    schema: z.string().trim().min(1).max(64).nullable().default(null),
    expected: 'auto, q4, fp16, no, the name of a quantization such as Q4_K_M, or null',
  },
  init: { schema: z.boolean().nullable().default(null), expected: 'true, false or null' },
} as const;

const isField = (name: string): name is keyof typeof FIELDS => Object.hasOwn(FIELDS, name);

const read = <T>(body: Readonly<Record<string, unknown>>, field: keyof typeof FIELDS, schema: z.ZodType<T>): T => {
  const found = schema.safeParse(body[field]);
  if (found.success) return found.data;
  const what = body[field] === undefined ? 'is missing' : 'is not what is taken';
  throw new Problem(400, `${field} ${what}. Expected: ${FIELDS[field].expected}.`, { field });
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `POST /pull` asks for. @throws Problem 400, with the field; 413; 415 */
export const readPull = async (request: IncomingMessage): Promise<Pull> => {
  const text = await readText(request);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem(400, 'The body is no JSON. Expected: an object such as {"model": "gpt2"}.');
  }
  if (!isObject(body)) throw new Problem(400, 'The body has to be an object such as {"model": "gpt2"}.');
  const unknown = Object.keys(body).find((name) => !isField(name));
  if (unknown !== undefined)
    throw new Problem(400, `There is no such field. There are ${Object.keys(FIELDS).join(', ')}.`, {
      field: unknown.slice(0, 100),
    });
  return {
    model: read(body, 'model', FIELDS.model.schema),
    quantize: read(body, 'quantize', FIELDS.quantize.schema),
    init: read(body, 'init', FIELDS.init.schema),
  };
};
