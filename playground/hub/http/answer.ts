import type { SampleFile } from '../repos/sample-file.ts';

export type Headers = Readonly<Record<string, string>>;

/** What is to be sent; a HEAD request gets the same without the body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string | Uint8Array;
  /** Instead of `body`: the bytes of a file, of which the request may ask a range. */
  readonly file?: SampleFile;
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
