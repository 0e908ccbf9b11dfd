import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { get as httpGet } from '../../../lib/net/node-http.ts';
import type { Connections } from '../connections.ts';

/** The Bot API, and who asks it. */
export interface FileServer {
  readonly apiRoot: string;
  readonly token: string;
  readonly connections: Pick<Connections, 'agent'>;
}

/**
 * As the Bot API names them (`documents/file_0.txt`), to be fetched. The ending is that of whoever sent it, with all that a name of a
 * file may have (tdlib, clean_filename): `c++`, `зип`, `gguf (1)`.
 */
const FILE_PATH = /^(?=.{1,200}$)[^\p{C}/\\:*?"<>|&`']+(?:\/[^\p{C}/\\:*?"<>|&`']+)*$/u;
/** What leads elsewhere. */
const UPWARD = /(?:^|\/)\.{1,2}(?:\/|$)/;

/** Whether what getFile says is to be fetched over the network; a server of one's own may give a path of its disk. */
export const isFilePath = (path: string): boolean => FILE_PATH.test(path) && !UPWARD.test(path);

/** How long it may take. */
export interface Patience {
  readonly signal: AbortSignal;
  /** How long nothing may come while what has come is taken, in milliseconds. */
  readonly silenceMs?: number;
}

/**
 * Asks for a file by the path that getFile has said. The address holds the token: what is thrown goes no further.
 * @throws errors with a code, as Node has them
 */
export const requestFile = (
  { apiRoot, token, connections }: FileServer,
  path: string,
  { signal, silenceMs }: Patience,
): Promise<IncomingMessage> => {
  const url = new URL(`${apiRoot}/file/bot${token}/${path.split('/').map(encodeURIComponent).join('/')}`);
  const ask = url.protocol === 'https:' ? httpsGet : httpGet;
  const options = { agent: connections.agent, signal, ...(silenceMs === undefined ? {} : { timeout: silenceMs }) };
  return new Promise((resolve, reject) => {
    const request = ask(url, options, (response) => {
      answered = response;
      const { socket } = response;
      response.once('close', () => socket.off('timeout', onSilence));
      resolve(response);
    });
    let answered: IncomingMessage | undefined;
    request.on('error', reject);
    const onSilence = (): void => {
      // All has come, and its end is not read yet.
      if (answered?.complete === true) return;
      // Who reads keeps to a limit: nothing more is let in. Node tells of the first silence only.
      if (answered && answered.readableLength > 0) {
        answered.socket.setTimeout(silenceMs ?? 0).once('timeout', onSilence);
        return;
      }
      const error = Object.assign(new Error('nothing came'), { code: 'ETIMEDOUT' });
      // First what is read from: of a request that ended it would only say that it was broken off.
      answered?.destroy(error);
      request.destroy(error);
    };
    request.on('timeout', onSilence);
  });
};
