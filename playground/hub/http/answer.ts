import type { Content } from '../repos/content.ts';

export type Headers = Readonly<Record<string, string>>;

/** What is sent of a file. */
export interface SentFile {
  readonly path: string;
  readonly size: number;
  readonly content: Pick<Content, 'read'>;
}

/** What is to be sent; a HEAD request gets the same without the body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string | Uint8Array;
  /** Instead of `body`: the bytes of a file, of which the request may ask a range, unless the status is 206 already. */
  readonly file?: SentFile;
}

/** Ends the handling of a request with an answer that is an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}

export const json = (value: unknown, headers: Headers = {}): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const text = (status: number, body: string, headers: Headers = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body,
});

/** A redirect inside the Hub: `Location` without a host, so that clients know that the token may follow. */
export const redirect = (location: string, headers: Headers = {}): Answer =>
  text(307, `Temporary Redirect. Redirecting to ${location}`, { Location: location, ...headers });

const STYLE =
  'body{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}li{margin:1rem 0}button{font:inherit;padding:.6rem 1rem;margin-top:.4rem}code{overflow-wrap:anywhere}';

/** Nothing is run, and no other page shows it in a frame to have its buttons pressed. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** @param body HTML; what stands in it is the sample hub's own */
export const page = (title: string, body: string): Answer => ({
  status: 200,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
  },
  body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style><h1>${title}</h1>${body}</html>`,
});
