import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** An HTTP server on the loopback interface that can be taken down and brought up again on the same port. */
export interface Listener {
  readonly origin: () => string;
  /** Connections are refused from now on, and those that are open break. */
  readonly takeDown: () => Promise<void>;
  readonly bringUp: () => Promise<void>;
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

  return {
    origin: () => `http://127.0.0.1:${fixedPort}`,
    takeDown: async () => {
      const stopped = running;
      running = undefined;
      if (!stopped) return;
      await new Promise<void>((resolve) => {
        stopped.server.close(() => resolve());
        for (const socket of sockets) socket.resetAndDestroy();
      });
    },
    bringUp: async () => {
      running ??= await start(fixedPort);
    },
  };
};
