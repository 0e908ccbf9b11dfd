import type { ServerResponse } from 'node:http';
import { ApiError, tooManyRequests } from '../api-error.ts';
import type { Fault } from '../faults.ts';
import { isDescribed } from '../methods/method.ts';

/** An HTTP answer before it is sent. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly retryAfter?: number;
  /** Of an error. */
  readonly description?: string;
}

export const errorAnswer = (error: ApiError): Answer => ({
  status: error.code,
  type: 'application/json',
  body: JSON.stringify({
    ok: false,
    error_code: error.code,
    description: error.message,
    ...(error.parameters && { parameters: error.parameters }),
  }),
  description: error.message,
  ...(error.parameters?.retry_after !== undefined && { retryAfter: error.parameters.retry_after }),
});

export const resultAnswer = (value: unknown): Answer => {
  const { result, description } = isDescribed(value) ? value : { result: value, description: undefined };
  return { status: 200, type: 'application/json', body: JSON.stringify({ ok: true, result, description }) };
};

const FAULT_TEXTS = {
  '400': 'Bad Request: fault',
  '401': 'Unauthorized',
  '403': 'Forbidden: bot was blocked by the user',
  '404': 'Not Found: method not found',
  '500': 'Internal Server Error: restart',
} as const;

/** What a fault says instead of the real answer; `502html` is what Telegram's front says when the Bot API behind it is down. */
export const faultAnswer = (fault: Fault): Answer => {
  if (fault.kind === '502html')
    return {
      status: 502,
      type: 'text/html',
      body: '<html><body><h1>502 Bad Gateway</h1></body></html>',
      description: 'fault',
    };
  if (fault.kind === '429') return errorAnswer(tooManyRequests(fault.retryAfter ?? 1));
  const kind = fault.kind in FAULT_TEXTS ? (fault.kind as keyof typeof FAULT_TEXTS) : '500';
  return errorAnswer(new ApiError(Number(kind), fault.description ?? FAULT_TEXTS[kind]));
};

export const sendAnswer = (response: ServerResponse, answer: Answer): void => {
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': Buffer.byteLength(answer.body),
    ...(answer.retryAfter !== undefined && { 'retry-after': String(answer.retryAfter) }),
  });
  response.end(answer.body);
};
