import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import type { CopiesOptions } from '../../src/copies/copies.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { codeOf } from './bench-top.ts';
import { askedRange, bytesOf, type OddServer, type OneFile, oneFile, sendRange, startServer } from './odd-server.ts';

const MIB = 1024 * 1024;
/** Four ranges. */
const content = bytesOf(8 * MIB);
const small = content.subarray(0, 3 * MIB);

const open: { close: () => Promise<void> }[] = [];
// Not after each: many of them wait for the end of somebody's patience and do so together.
afterAll(async () => {
  for (const one of open.toReversed()) await one.close();
});

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<OddServer> => {
  const server = await startServer(answer);
  open.push(server);
  return server;
};

/** A transfer of this content from one server. */
const from = async (
  server: OddServer,
  bytes = small,
  options: Partial<CopiesOptions> = {},
  headers: Record<string, string> = {},
): Promise<OneFile> => {
  const one = await oneFile(bytes, () => ({ url: `${server.origin}/file?signed=1`, headers }), options);
  open.push(one);
  return one;
};

describe.concurrent('ranges of one file', () => {
  it('come over as few connections as are allowed, each used again', async () => {
    const server = await serve((request, response) => sendRange(content, request, response));
    const one = await from(server, content, { connections: 2, clock: systemClock });
    await one.start().done;
    expect(await one.published()).toBe('right');
    expect(server.requests.length).toBeGreaterThanOrEqual(4);
    expect(server.sockets()).toBeLessThanOrEqual(3);
  });

  it('come over the connection that asked where they are', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/file') sendRange(small, request, response);
      else response.writeHead(307, { location: '/file', 'content-length': 10 }).end('Over there');
    });
    const { signal } = new AbortController();
    const one = await oneFile(
      small,
      async (ask) => {
        const answer = await ask(new URL('/where', server.origin), {}, signal);
        answer.discard();
        return { url: new URL(answer.header('location') ?? '', server.origin).href };
      },
      { connections: 1 },
    );
    open.push(one);
    await one.start().done;
    expect(await one.published()).toBe('right');
    expect(server.requests.map(({ url }) => url).slice(0, 2)).toEqual(['/where', '/file']);
    expect(server.sockets()).toBe(1);
  });

  it('ask for what is missing, uncompressed, as who we are, with the query as it was signed', async () => {
    const server = await serve((request, response) => sendRange(small, request, response));
    const one = await from(server);
    const run = one.start();
    await run.done;
    for (const { url, headers } of server.requests) {
      expect(url).toBe('/file?signed=1');
      expect(headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'hubgram/test' });
    }
    expect(run.state().bytesReceived).toBe(small.length);
  });

  it('never open more connections than allowed, over two origins', async () => {
    let running = 0;
    let most = 0;
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      running += 1;
      most = Math.max(most, running);
      response.on('close', () => (running -= 1));
      sendRange(content, request, response);
    };
    const servers = [await serve(answer), await serve(answer)];
    let turn = 0;
    const one = await oneFile(
      content,
      () => {
        turn += 1;
        return { url: `${servers[turn % 2]?.origin}/file` };
      },
      { connections: 3 },
    );
    open.push(one);
    await one.start().done;
    expect(await one.published()).toBe('right');
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe.concurrent('a redirect of a range', () => {
  it('to another origin is followed without the authorization that was for the first', async () => {
    const other = await serve((request, response) => sendRange(small, request, response));
    const first = await serve((_, response) => {
      response.writeHead(302, { location: `${other.origin}/moved` }).end('moved');
    });
    const one = await from(first, small, {}, { authorization: 'Bearer hf_secret', cookie: 'c=1' });
    await one.start().done;
    expect(await one.published()).toBe('right');
    expect(first.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(true);
    expect(other.requests.length).toBeGreaterThan(0);
    for (const { headers, rawHeaders } of other.requests) {
      expect(headers.authorization).toBeUndefined();
      expect(rawHeaders.join(' ')).not.toContain('secret');
      expect(headers.cookie).toBeUndefined();
    }
  });

  it('to another origin and back does not bring the authorization back', async () => {
    const second = await serve((_, response) => response.writeHead(307, { location: `${first.origin}/end` }).end());
    const first: OddServer = await serve((request, response) => {
      if (request.url === '/end') sendRange(small, request, response);
      else response.writeHead(302, { location: `${second.origin}/x` }).end();
    });
    const one = await from(first, small, {}, { authorization: 'Bearer hf_secret' });
    await one.start().done;
    expect(await one.published()).toBe('right');
    const ends = first.requests.filter(({ url }) => url === '/end');
    expect(ends.length).toBeGreaterThan(0);
    expect(ends.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('on the same origin keeps it', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/end') sendRange(small, request, response);
      else response.writeHead(302, { location: '/end' }).end();
    });
    const one = await from(server, small, {}, { authorization: 'Bearer hf_secret' });
    await one.start().done;
    expect(server.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(true);
  });

  it.each(['/again', 'file:///etc/passwd', 'http://', 'http://127.0.0.1:1/'])(
    'that leads nowhere (%s) ends with a reason for people',
    async (location) => {
      const server = await serve((_, response) => response.writeHead(302, { location }).end());
      const one = await from(server);
      expect(['unavailable', 'unreachable', 'integrity']).toContain(await codeOf(one.start().done));
      expect(await one.published()).toBe('absent');
    },
  );
});

describe.concurrent('an answer that is not what was asked for', () => {
  it('compressed, is refused', async () => {
    const server = await serve((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      sendRange(small, request, response);
    });
    const one = await from(server);
    expect(await codeOf(one.start().done)).toBe('unavailable');
  });

  it('endless, is cut off at the end of the range', async () => {
    const server = await serve((request, response) => {
      const { start, end } = askedRange(request);
      response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${small.length}` });
      response.write(small.subarray(start, end));
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536, 1), more);
      };
      more();
    });
    const one = await from(server);
    await one.start().done;
    expect(await one.published()).toBe('right');
  });

  it('shorter than asked for but honest, is continued', async () => {
    const server = await serve((request, response) => {
      const { start, end } = askedRange(request);
      const less = Math.min(end, start + 700_000);
      response.writeHead(206, {
        'content-range': `bytes ${start}-${less - 1}/${small.length}`,
        'content-length': less - start,
      });
      response.end(small.subarray(start, less));
    });
    const one = await from(server);
    await one.start().done;
    expect(await one.published()).toBe('right');
  });

  it('of another version of the file half-way, is not mixed with the first', async () => {
    const server = await serve((request, response) => {
      if (askedRange(request).start === 0) return sendRange(content, request, response);
      const { start, end } = askedRange(request);
      response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${content.length}`, etag: '"two"' });
      response.end(Buffer.alloc(end - start));
      return undefined;
    });
    const one = await from(server, content);
    expect(await codeOf(one.start().done)).toBe('changed');
    expect(await one.published()).toBe('absent');
  });

  it.each([
    [404, 'changed'],
    [410, 'changed'],
    [416, 'changed'],
    [400, 'unavailable'],
    [204, 'unavailable'],
    [304, 'unavailable'],
  ])('but %s, says so', async (status, code) => {
    const server = await serve((_, response) => response.writeHead(status).end());
    const one = await from(server);
    expect(await codeOf(one.start().done)).toBe(code);
  });

  it.each([
    ['another size', { size: 5 }],
    ['another hash', { etag: 'f'.repeat(64) }],
  ])('because the Hub names %s now, is not even asked for', async (_, changed) => {
    const server = await serve((request, response) => sendRange(small, request, response));
    const one = await oneFile(small, () => ({ url: `${server.origin}/`, ...changed }));
    open.push(one);
    expect(await codeOf(one.start().done)).toBe('changed');
    expect(server.requests).toHaveLength(0);
  });
});

describe.concurrent('a server without ranges', () => {
  const whole = (response: ServerResponse, bytes: Buffer, cutAt = bytes.length): void => {
    response.writeHead(200, { 'content-length': bytes.length });
    if (cutAt === bytes.length) response.end(bytes);
    else response.write(bytes.subarray(0, cutAt), () => response.destroy());
  };

  it('gives the right file even if it breaks off, beginning anew each time', async () => {
    let breaks = 3;
    const server = await serve((request, response) => {
      const isWhole = askedRange(request).end - askedRange(request).start === small.length;
      breaks -= isWhole ? 1 : 0;
      whole(response, small, isWhole && breaks >= 0 ? 1_000_000 : small.length);
    });
    const one = await from(server);
    await one.start().done;
    expect(await one.published()).toBe('right');
  });

  it('that breaks off again and again ends with a reason', async () => {
    const server = await serve((_, response) => whole(response, small, 1_000_000));
    const one = await from(server);
    expect(await codeOf(one.start().done)).toBe('unreachable');
    expect(await one.published()).toBe('absent');
  });

  it('that damages bytes which were already checked does not get them published', async () => {
    const abort = new AbortController();
    const one: OneFile = await oneFile(content, () => ({ url: `${server.origin}/` }));
    let ranges = true;
    let damaged = 0;
    const server = await serve((request, response) => {
      if (ranges && askedRange(request).start < 2 * MIB) return sendRange(content, request, response);
      if (ranges) return undefined;
      const isWhole = askedRange(request).end - askedRange(request).start === content.length;
      if (!isWhole || damaged > 0) return whole(response, content);
      damaged += 1;
      const wrong = Buffer.from(content);
      wrong[1000] = 255 - (wrong[1000] ?? 0);
      return whole(response, wrong);
    });
    open.push(one);
    const first = one.start(abort.signal);
    const code = codeOf(first.done);
    while (first.state().bytesReady < MIB) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('paused'));
    expect(await code).toBe('Error: paused');
    ranges = false;
    await one.start().done;
    expect(damaged).toBe(1);
    expect(await one.published()).toBe('right');
  });

  it('for one answer only does not cost what was there', async () => {
    let wholes = 1;
    const server = await serve((request, response) => {
      if (askedRange(request).start === 0 || wholes === 0) return sendRange(content, request, response);
      wholes -= 1;
      return whole(response, content);
    });
    const one = await from(server, content, { connections: 1 });
    const run = one.start();
    await run.done;
    expect(await one.published()).toBe('right');
    expect(run.state().bytesReceived).toBe(content.length);
  });
});

describe.concurrent('a limit of the bandwidth', () => {
  it('that makes reading pause for longer than a stall is no stall', async () => {
    const server = await serve((request, response) => sendRange(small, request, response));
    let asked = 0;
    // Almost nothing at first; after some looks at it, everything. In between much more time passes than a stall takes.
    const one = await from(server, small, {
      clock: systemClock,
      stallTimeoutMs: () => 300,
      bandwidthLimit: () => {
        asked += 1;
        return asked < 40 ? 1000 : undefined;
      },
    });
    const run = one.start();
    await run.done;
    expect(await one.published()).toBe('right');
    expect(asked).toBeGreaterThanOrEqual(40);
    expect(run.state().bytesReceived).toBe(small.length);
  });
});

describe.concurrent('many connections that break together', () => {
  it('are one failure, not as many as there are connections', async () => {
    let broken = 12;
    const server = await serve((request, response) => {
      const { start } = askedRange(request);
      if (start === 0 || broken === 0) return sendRange(content, request, response);
      broken -= 1;
      return response.destroy();
    });
    const one = await from(server, content, { connections: 12 });
    await one.start().done;
    expect(await one.published()).toBe('right');
  });

  it('because their link expired ask for one new link, also one that hears of it when the new one is there', async () => {
    const isNewAsked = Promise.withResolvers<void>();
    let refused = 0;
    const server = await serve((request, response) => {
      const refuse = (): void => void response.writeHead(403).end();
      if (request.url === '/2') isNewAsked.resolve();
      if (request.url === '/2' || askedRange(request).start === 0) return sendRange(content, request, response);
      refused += 1;
      return void (refused === 2 ? isNewAsked.promise.then(refuse) : refuse());
    });
    const locate = () => ({ url: `${server.origin}/${one.resolved()}` });
    const one: OneFile = await oneFile(content, locate, { connections: 12 });
    open.push(one);
    await one.start().done;
    expect(await one.published()).toBe('right');
    expect(refused).toBeGreaterThan(1);
    expect(one.resolved()).toBe(2);
  });
});
