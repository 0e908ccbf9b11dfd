import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A stand-in of Ollama's API, with its store on the disk: what it does with blobs, models, and mistakes. */
export interface Ollama {
  readonly url: string;
  /** Models by name: the digests that each is made of, by file name. */
  readonly models: Map<string, Readonly<Record<string, string>>>;
  /** Where a blob of its store lies. */
  readonly blob: (hex: string) => string;
  /** Methods and paths of what it was asked, in order. */
  readonly asked: readonly string[];
  /** What it says instead of making a model, while this is set. */
  refuses: string | undefined;
  /** It breaks off before it has made one, while this is set. */
  breaksOff: boolean;
  /** What it tells breaks off half-way, while this is set. */
  cutsOff: boolean;
  /** It answers nothing before this resolves, while it is set. */
  holds: Promise<void> | undefined;
  /** Where it sends every question on to, while this is set. */
  redirects: string | undefined;
  readonly close: () => Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

const digestOf = (files: Readonly<Record<string, string>>): string =>
  createHash('sha256').update(JSON.stringify(files)).digest('hex');

/** @param folder its store, OLLAMA_MODELS */
export const startOllama = async (folder: string): Promise<Ollama> => {
  mkdirSync(join(folder, 'blobs'), { recursive: true });
  const models: Ollama['models'] = new Map();
  const asked: string[] = [];
  const blob = (hex: string): string => join(folder, 'blobs', `sha256-${hex}`);
  const state = {
    refuses: undefined as string | undefined,
    redirects: undefined as string | undefined,
    holds: undefined as Promise<void> | undefined,
    breaksOff: false,
    cutsOff: false,
  };

  const create = (given: { model: string; files: Record<string, string> }, response: ServerResponse): void => {
    const line = (said: object): void => void response.write(`${JSON.stringify(said)}\n`);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    line({ status: 'parsing GGUF' });
    const missing = Object.values(given.files).find((digest) => !existsSync(blob(digest.slice('sha256:'.length))));
    if (missing !== undefined) line({ error: `invalid digest format: ${missing} is not there` });
    else if (state.refuses !== undefined) line({ error: state.refuses });
    else if (!state.breaksOff) {
      models.set(given.model, given.files);
      for (const status of ['using existing layer', 'writing manifest', 'success']) line({ status });
    }
    response.end();
  };

  const remove = (name: string, response: ServerResponse): void => {
    const files = models.get(name);
    models.delete(name);
    const used = new Set([...models.values()].flatMap((others) => Object.values(others)));
    for (const digest of Object.values(files ?? {}))
      if (!used.has(digest)) rmSync(blob(digest.slice('sha256:'.length)), { force: true });
    response.writeHead(files ? 200 : 404).end(files ? '' : JSON.stringify({ error: `model '${name}' not found` }));
  };

  const take = async (hex: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const isRight = createHash('sha256').update(body).digest('hex') === hex;
    if (isRight) writeFileSync(blob(hex), body);
    response.writeHead(isRight ? 201 : 400).end(isRight ? '' : JSON.stringify({ error: 'digest mismatch' }));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    asked.push(`${method} ${url}`);
    await state.holds;
    const [, hex] = /^\/api\/blobs\/sha256:([0-9a-f]{64})$/.exec(url) ?? [];
    const json = (said: object): void => {
      const text = JSON.stringify(said);
      response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
      if (state.cutsOff) response.write(text.slice(0, -1), () => response.destroy());
      else response.end(text);
    };
    if (state.redirects !== undefined) response.writeHead(307, { location: state.redirects }).end();
    else if (hex !== undefined && method === 'HEAD') response.writeHead(existsSync(blob(hex)) ? 200 : 404).end();
    else if (hex !== undefined) await take(hex, request, response);
    else if (url === '/api/tags')
      json({ models: [...models].map(([name, files]) => ({ name, model: name, digest: digestOf(files), size: 1 })) });
    else if (!/^\/api\/(?:create|delete|show)$/.test(url)) response.writeHead(404).end('404 page not found');
    else {
      const given = JSON.parse(String(await bodyOf(request))) as { model: string; files: Record<string, string> };
      const files = models.get(given.model);
      if (url === '/api/create') create(given, response);
      else if (url === '/api/delete') remove(given.model, response);
      else if (files === undefined) response.writeHead(404).end(JSON.stringify({ error: 'not found' }));
      else
        json({
          modelfile: Object.values(files)
            .map((digest) => `FROM ${blob(digest.slice(7))}`)
            .join('\n'),
        });
    }
  };

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    models,
    blob,
    asked,
    get refuses() {
      return state.refuses;
    },
    set refuses(error) {
      state.refuses = error;
    },
    get holds() {
      return state.holds;
    },
    set holds(until) {
      state.holds = until;
    },
    get breaksOff() {
      return state.breaksOff;
    },
    set breaksOff(does) {
      state.breaksOff = does;
    },
    get cutsOff() {
      return state.cutsOff;
    },
    set cutsOff(does) {
      state.cutsOff = does;
    },
    get redirects() {
      return state.redirects;
    },
    set redirects(to) {
      state.redirects = to;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
