import type { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { Agent as HttpAgent } from '../../lib/net/node-http.ts';
import type { Proxies } from '../../lib/net/proxies.ts';

/** The connections to the Bot API. grammY's own know no proxy, and cannot be looked at. */
export interface Connections {
  readonly agent: Agent;
  /**
   * The program stood still: those that are kept are closed, and one with a call under way that brings nothing soon is given
   * up. Its other side may have hung up without a word that reached us, and the call would be waited for until its time is
   * over; the bot would hear nobody for so long.
   */
  readonly doubt: () => void;
  readonly close: () => void;
}

/** Until a connection that may be dead has to have brought something. */
const DOUBT_MS = 2000;

const socketsIn = (agent: Agent, kind: 'sockets' | 'freeSockets'): Socket[] =>
  Object.values(agent[kind]).flatMap((sockets) => sockets ?? []);

/** @param proxies as curl reads them; undefined: none */
export const createConnections = (apiRoot: string, proxies: Proxies | undefined): Connections => {
  const options = { keepAlive: true, ...(proxies ? { proxyEnv: { ...proxies } } : {}) };
  const agent = apiRoot.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  let doubting: NodeJS.Timeout | undefined;
  return {
    agent,
    doubt: () => {
      for (const socket of socketsIn(agent, 'freeSockets')) socket.destroy();
      const read = socketsIn(agent, 'sockets').map((socket) => ({ socket, bytes: socket.bytesRead }));
      clearTimeout(doubting);
      doubting = setTimeout(() => {
        for (const { socket, bytes } of read) if (socket.bytesRead === bytes) socket.destroy();
      }, DOUBT_MS).unref();
    },
    close: () => {
      clearTimeout(doubting);
      agent.destroy();
    },
  };
};
