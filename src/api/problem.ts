/** Why a call was not answered as it was meant, as problem details (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  /** What of the call is wrong. */
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail a sentence that says what is wrong, and what would be right */
  constructor(
    status: number,
    detail: string,
    { field, headers = {} }: { readonly field?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.status = status;
    this.field = field;
    this.headers = headers;
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const satisfies Readonly<Record<number, string>>;

const isTitled = (status: number): status is keyof typeof TITLES => Object.hasOwn(TITLES, status);

/** What is sent of it. */
export const problemOf = ({ status, message, field }: Problem) => ({
  type: 'about:blank',
  title: isTitled(status) ? TITLES[status] : 'Error',
  status,
  detail: message,
  ...(field === undefined ? {} : { field }),
});
