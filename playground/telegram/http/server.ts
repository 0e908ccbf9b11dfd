import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback, isOfOtherPage } from '../../web-pages.ts';
import { type Answer, errorAnswer, faultAnswer, resultAnswer, sendAnswer } from './answers.ts';
import { ApiError } from '../api-error.ts';
import { type Args, readArgs } from './arguments.ts';
import type { DownloadGate } from '../download-gate.ts';
import type { UploadEnd, UploadGate } from '../upload-gate.ts';
import type { Fault, Faults } from '../faults.ts';
import type { Files } from '../world/files.ts';
import type { Call, Method, Methods, Parts } from '../methods/method.ts';

/** One call the bot has made; never with the token. */
export interface RecordedCall {
  readonly method: string;
  /** The arguments, compound ones parsed; a file shows as its name and size. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** When it was answered, epoch ms. */
  readonly at: number;
  /** HTTP status; 0 if no answer was given. */
  readonly status: number;
  /** Of an error, or what the fault did. */
  readonly description?: string;
}

export interface ServerOptions {
  readonly token: string;
  readonly parts: Parts;
  readonly methods: Methods;
  readonly faults: Faults;
  /** Asked before each method; throws ApiError 429. */
  readonly flood: (method: string, args: Args) => void;
  readonly record: (call: RecordedCall) => void;
  /** Holds what is being sent, or refuses it. */
  readonly uploads: Pick<UploadGate, 'gate' | 'limit'>;
  /** Asked before each piece of a file that is sent. */
  readonly downloads: DownloadGate['gate'];
}

const PIECE_BYTES = 64 * 1024;

interface NamedMethod {
  readonly name: string;
  readonly run: Method;
}

const parseIfJson = (value: unknown): unknown => {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

const loggable = (args: Args): Record<string, unknown> => {
  const payload: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args.values)) payload[name] = parseIfJson(value);
  for (const part of args.files.values()) payload[part.name] = { file: part.fileName, size: part.data.length };
  return payload;
};

/**
 * The playground's token is no secret: a page that a browser has open must not speak for the bot, nor have its updates sent elsewhere.
 * @throws ApiError 403
 */
const checkAsker = ({ headers }: IncomingMessage): void => {
  if (!isLoopback(headers.host) || isOfOtherPage(headers))
    throw new ApiError(403, 'Forbidden: only programs of this machine may ask');
};

/** @throws ApiError 401 for a token that is none, or another bot's */
const checkToken = (given: string, token: string): void => {
  if (!/^\d+:[\w-]{30,}$/.test(given)) throw new ApiError(401, 'Unauthorized: invalid token specified');
  if (given !== token) throw new ApiError(401, 'Unauthorized');
};

/** What getFile's path leads to; served by Telegram's front, not by the Bot API itself. */
const serveFile = async (
  response: ServerResponse,
  files: Files,
  path: string,
  gate: DownloadGate['gate'],
): Promise<void> => {
  const file = files.byPath(path);
  if (!file) throw new ApiError(404, 'Not Found');
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.data.length });
  response.flushHeaders();
  for (let at = 0; at < file.data.length; at += PIECE_BYTES) {
    const held = gate(at);
    if (held === 'break') {
      response.destroy();
      return;
    }
    await held;
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.write(file.data.subarray(at, at + PIECE_BYTES), () => {
        response.off('close', resolve);
        resolve();
      });
    });
    if (response.destroyed) return;
  }
  response.end();
};

/** As tdlib does (tdnet/HttpInboundConnection.cpp): it says so, and closes, whatever still comes. */
const refuseBody = (response: ServerResponse, error: ApiError, end: UploadEnd): void => {
  const { socket } = response;
  if (end === 'broken') socket?.resetAndDestroy();
  else {
    response.once('finish', () => socket?.resetAndDestroy());
    response.setHeader('connection', 'close');
    sendAnswer(response, errorAnswer(error));
  }
};

const sendFailure = (response: ServerResponse, error: unknown, end: UploadEnd): void => {
  const known = error instanceof ApiError ? error : new ApiError(500, `Internal Server Error: ${String(error)}`);
  if (known.code === 413 && !response.headersSent) refuseBody(response, known, end);
  else if (response.headersSent || response.destroyed) response.destroy();
  else sendAnswer(response, errorAnswer(known));
};

/** Ends a call that gets no answer: at once, after a while, or never. */
const breakOff = (response: ServerResponse, fault: Fault | undefined): void => {
  const seconds = fault?.kind === 'timeout' ? (fault.breaksAfterSeconds ?? Number.POSITIVE_INFINITY) : 0;
  if (seconds === 0) response.socket?.resetAndDestroy();
  else if (Number.isFinite(seconds)) setTimeout(() => response.socket?.resetAndDestroy(), seconds * 1000).unref();
};

/** Aborts when a caller is gone who was not answered: to abort makes an error with its stack, which is of no use for all others. */
const goneBeforeAnswer = (response: ServerResponse): AbortSignal => {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
};

/** The HTTP side of the Bot API: paths, token, arguments, faults, limits, answers. */
export const createApiServer = (options: ServerOptions): Server => {
  const { token, parts, faults } = options;
  const methods = new Map<string, NamedMethod>(
    Object.entries(options.methods).map(([name, run]) => [name.toLowerCase(), { name, run }]),
  );

  const execute = async (name: string, call: Call): Promise<Answer> => {
    try {
      const method = methods.get(name.toLowerCase());
      if (!method) throw new ApiError(404, 'Not Found: method not found');
      options.flood(method.name, call.args);
      return resultAnswer(await method.run(call));
    } catch (error) {
      if (error instanceof ApiError) return errorAnswer(error);
      throw error;
    }
  };

  /** Carries out a call, or the fault that hits it; undefined: no answer is to be given. */
  const answerCall = async (
    name: string,
    args: Args,
    signal: AbortSignal,
    fault?: Fault,
  ): Promise<Answer | undefined> => {
    if (fault?.kind === 'reset' || fault?.kind === 'timeout') return undefined;
    if (fault && fault.kind !== 'reset_after_accept') return faultAnswer(fault);
    const answer = await execute(name, { ...parts, args, signal });
    return fault ? undefined : answer;
  };

  const serveMethod = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const gone = goneBeforeAnswer(response);
    const args = await readArgs(request, url.searchParams, options.uploads);
    const name = /[^/]*$/.exec(url.pathname)?.[0] || (args.text('method') ?? '');
    const fault = faults.next(name, Number(args.text('chat_id')));
    const answer = await answerCall(name, args, gone, fault);
    const description = answer ? answer.description : fault?.kind;
    options.record({
      method: methods.get(name.toLowerCase())?.name ?? name,
      payload: loggable(args),
      at: parts.world.clock.now(),
      status: answer?.status ?? 0,
      ...(description !== undefined && { description }),
    });
    if (answer) sendAnswer(response, answer);
    else breakOff(response, fault);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? '/', 'http://stand-in');
    if (!url) throw new ApiError(404, 'Not Found');
    checkAsker(request);
    const [, file, given = '', rest = ''] = /^\/(file\/)?bot([^/]*)\/(.*)$/.exec(url.pathname) ?? [];
    if (!/^\/(file\/)?bot[^/]*\//.test(url.pathname)) throw new ApiError(404, 'Not Found');
    checkToken(given.replaceAll(/%3a/gi, ':'), token);
    if (file) return serveFile(response, parts.files, rest, options.downloads);
    if (!/^(test\/)?[^/]*$/.test(rest)) throw new ApiError(404, 'Not Found');
    await serveMethod(request, response, url);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => sendFailure(response, error, options.uploads.limit().end));
  });
  // Node's 5 s would cut idle connections under a bot that is about to use them; Telegram's front keeps them for longer.
  server.keepAliveTimeout = 75_000;
  return server;
};

/** @returns the port it listens on, on the loopback interface only */
export const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
