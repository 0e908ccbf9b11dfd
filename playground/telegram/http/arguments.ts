import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from '../api-error.ts';
import type { Gate, UploadGate } from '../upload-gate.ts';
import { type Part, parseMultipart } from './multipart.ts';

/** The arguments of one call. Every value may have come as a string: `"5"`, `"true"`, JSON in a string. */
export interface Args {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, Part>;
  readonly text: (name: string) => string | undefined;
  /** Whole number; anything else counts as absent, as in the Bot API server. */
  readonly int: (name: string) => number | undefined;
  readonly flag: (name: string) => boolean;
  /** A compound value. @throws ApiError 400 for a string that is no JSON */
  readonly json: (name: string) => unknown;
}

export const createArgs = (values: Record<string, unknown>, files: ReadonlyMap<string, Part> = new Map()): Args => {
  const text = (name: string): string | undefined => {
    const value = values[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return {
    values,
    files,
    text,
    int: (name) => {
      const value = text(name)?.trim();
      return value !== undefined && /^-?\d{1,16}$/.test(value) ? Number(value) : undefined;
    },
    flag: (name) => ['true', 'yes', '1'].includes(text(name)?.trim().toLowerCase() ?? ''),
    json: (name) => {
      const value = values[name];
      if (typeof value !== 'string') return value ?? undefined;
      if (value.trim() === '') return undefined;
      try {
        return JSON.parse(value) as unknown;
      } catch {
        throw badRequest(`can't parse ${name.replaceAll('_', ' ')} JSON object`);
      }
    },
  };
};

/** @throws ApiError 413 for a body nobody may send */
export const readBody = async (request: IncomingMessage, limit: number, gate?: Gate): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new ApiError(413, 'Request Entity Too Large');
    chunks.push(chunk);
    await gate?.(size);
  }
  return Buffer.concat(chunks, size);
};

/** TDLib's `clean_input_string` refuses half a surrogate pair, wherever it stands. */
const isWellFormed = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.values(value).every(isWellFormed);
};

const jsonValues = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Said below: one sentence for everything that is no object.
  }
  throw badRequest("can't parse request JSON object");
};

/**
 * Reads the arguments of a call from the query string and the body (JSON, urlencoded, multipart).
 * @throws ApiError when the body is not what its content type says
 */
export const readArgs = async (
  request: IncomingMessage,
  query: URLSearchParams,
  { gate, limit }: Pick<UploadGate, 'gate' | 'limit'>,
): Promise<Args> => {
  const values: Record<string, unknown> = Object.fromEntries(query);
  const files = new Map<string, Part>();
  const body = await readBody(request, limit().bytes, gate);
  const type = request.headers['content-type'] ?? '';
  if (/^application\/json/i.test(type)) Object.assign(values, jsonValues(body));
  else if (/^application\/x-www-form-urlencoded/i.test(type))
    Object.assign(values, Object.fromEntries(new URLSearchParams(body.toString('utf8'))));
  else if (/^multipart\/form-data/i.test(type)) {
    const parts = parseMultipart(type, body);
    if (!parts) throw badRequest("can't parse multipart form data");
    for (const part of parts) {
      if (part.fileName === undefined) values[part.name] = part.data.toString('utf8');
      else files.set(part.name, part);
    }
  }
  if (!isWellFormed(values)) throw badRequest('strings must be encoded in UTF-8');
  return createArgs(values, files);
};
