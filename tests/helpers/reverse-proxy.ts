import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What stands before a bot as nginx or Caddy would, save for TLS. */
export interface ReverseProxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The bot has answered: what is to be done before whoever asked hears of it. Once. @returns false: they never hear of it */
  readonly onNextAnswer: (then: () => boolean | Promise<boolean>) => void;
  /** What the bot has answered so far, by status. */
  readonly statuses: readonly number[];
}

/** @param port where the bot listens, or will. While it does not: 502 */
export const openReverseProxy = async (port: number): Promise<ReverseProxy> => {
  const statuses: number[] = [];
  let onAnswer: (() => boolean | Promise<boolean>) | undefined;
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const answered = async (status: number): Promise<void> => {
      statuses.push(status);
      const then = onAnswer;
      onAnswer = undefined;
      if (then && !(await then())) response.destroy();
      else response.writeHead(status, { 'content-length': 0, ...(status === 503 && { 'retry-after': '1' }) }).end();
    };
    const onward = ask({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
      answer.resume();
      void answered(answer.statusCode ?? 0);
    });
    onward.on('error', () => {
      if (!response.headersSent) response.writeHead(502, { 'content-length': 0 }).end();
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onNextAnswer: (then) => {
      onAnswer = then;
    },
    statuses,
  };
};
