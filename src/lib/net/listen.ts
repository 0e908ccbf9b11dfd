import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Waits until a server listens. @param port 0: any free one @throws Node's error, with its `code` */
export const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** What Node says of an address that is another machine's, or of a name that nobody knows. */
const NOT_HERE: readonly unknown[] = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'];

/** Why a server does not listen, as a sentence. */
export const cannotListen = (port: number, host: string, { code, message }: NodeJS.ErrnoException): string => {
  const where = `Can't listen on port ${port} of ${host}`;
  if (NOT_HERE.includes(code)) return `${where}: that is no address of this machine (${code}). Choose another address.`;
  const why = code === 'EADDRINUSE' ? 'another program has it' : (code ?? message);
  return `${where}: ${why}. Choose another port.`;
};

/** Where a server that listens is reached: `http://127.0.0.1:PORT`. */
export const urlOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
};

/** Ends it at once, whoever is connected. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
