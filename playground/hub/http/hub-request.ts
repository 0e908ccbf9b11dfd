import type { IncomingHttpHeaders } from 'node:http';

/** A request, taken apart once. */
export interface HubRequest {
  readonly method: string;
  /** As it came: path and query. */
  readonly target: string;
  /** The parts of the path between slashes, decoded one by one, so that `refs%2Fpr%2F1` stays one part. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What follows `Bearer`. */
  readonly token: string | undefined;
  /** Whole request body; empty where there is none. */
  readonly body: string;
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

export const readRequest = (raw: Pick<HubRequest, 'method' | 'target' | 'headers' | 'body'>): HubRequest => {
  const [path = '/', ...queries] = raw.target.split('?');
  return {
    ...raw,
    parts: path.split('/').filter(Boolean).map(decode),
    query: new URLSearchParams(queries.join('?')),
    token: /^Bearer\s+(\S+)$/i.exec(raw.headers.authorization ?? '')?.[1],
  };
};
