import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP server on the loopback interface that can be taken down and brought up again on the same port. */
export interface Listener {
  readonly origin: () => string;
  /** Connections are refused from now on, and those that are open break. For a minute nobody gets the port who asks for any. */
  readonly takeDown: () => Promise<void>;
  readonly bringUp: () => Promise<void>;
  /** It is not brought up again, and its port is anybody's. */
  readonly close: () => Promise<void>;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/**
 * Leaves a connection that the server has ended: as long as its packets could still arrive, the system gives its port to nobody who asks for
 * any (RFC 9293, 3.6.1: TIME-WAIT). Whoever looks for this server would find another one there.
 */
const reserve = async (server: Server, port: number, sockets: ReadonlySet<Socket>): Promise<void> => {
  const visitor = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(visitor, 'connect');
  const find = (): Socket | undefined => [...sockets].find(({ remotePort }) => remotePort === visitor.localPort);
  let accepted = find();
  // Others may come in at the same time.
  for (; !accepted; accepted = find()) await once(server, 'connection');
  const [ended, closed] = [once(visitor.resume(), 'end'), once(accepted, 'close')];
  accepted.end();
  await ended;
  visitor.end();
  await closed;
};

/** @param port 0 takes any free one */
export const startListener = async (port: number, handle: Handle): Promise<Listener> => {
  const sockets = new Set<Socket>();
  const start = async (wanted: number): Promise<{ server: Server; port: number }> => {
    const server = createServer(handle);
    server.on('connection', (socket) => {
      sockets.add(socket);
      // Broken connections are part of the play.
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    });
    return { server, port: await listen(server, wanted) };
  };
  let running: Awaited<ReturnType<typeof start>> | undefined = await start(port);
  const fixedPort = running.port;

  const stop = async (isForGood: boolean): Promise<void> => {
    const stopped = running;
    running = undefined;
    if (!stopped) return;
    if (!isForGood) await reserve(stopped.server, fixedPort, sockets);
    await new Promise<void>((resolve) => {
      stopped.server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  };

  return {
    origin: () => `http://127.0.0.1:${fixedPort}`,
    takeDown: () => stop(false),
    close: () => stop(true),
    bringUp: async () => {
      running ??= await start(fixedPort);
    },
  };
};
