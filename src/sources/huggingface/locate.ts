import { AppError } from '../../domain/errors.ts';
import { isSha256 } from '../../domain/hashes.ts';
import type { Finding, FoundFile } from '../../domain/repo/finding.ts';
import { isRedirect, redirectRefusal } from '../../lib/net/egress.ts';
import type { Header } from '../../lib/net/rate-headers.ts';
import type { Ask, HeadAnswer, LocatedFile, LocateRequest } from '../port.ts';
import { answerError, strangeAnswer, type Subject } from './errors.ts';
import { type Call, type Http, outcomeOf } from './http.ts';

/** A rename, a move to the cached copy, and a few to spare. */
const MAX_HOPS = 6;

const unquote = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '');

/** What the answers on the way say; the first to say it counts, because the last one may be another host's. */
interface Found {
  readonly etag: string | undefined;
  readonly size: string | undefined;
  readonly commit: string | undefined;
  readonly xetHash: string | undefined;
}

const NOTHING: Found = { etag: undefined, size: undefined, commit: undefined, xetHash: undefined };

const gather = (found: Found, { status, header }: HeadAnswer): Found => {
  const isFile = !isRedirect(status);
  // A redirect's own ETag and length are those of its little text.
  const etag = header('x-linked-etag') ?? (isFile ? header('etag') : undefined);
  const size = header('x-linked-size') ?? (isFile ? header('content-length') : undefined);
  return {
    etag: found.etag ?? etag,
    size: found.size ?? size,
    commit: found.commit ?? header('x-repo-commit'),
    xetHash: found.xetHash ?? header('x-xet-hash'),
  };
};

/** The Hub's own copy of a regular file: it lies there, and nothing more is to be learned from asking. */
const isCopy = (url: URL, found: Found): boolean =>
  url.pathname.startsWith('/api/resolve-cache/') && found.etag !== undefined && found.commit !== undefined;

/** @param mayLackSize nobody could know it here */
const settle = (
  found: Found,
  asked: LocateRequest,
  host: string,
  mayLackSize = false,
): Pick<LocatedFile, 'etag' | 'size' | 'commit' | 'xetHash'> => {
  const etag = unquote(found.etag ?? '');
  const size = /^\d+$/.test(found.size ?? '') ? Number(found.size) : undefined;
  const isSize = size === undefined ? mayLackSize && found.size === undefined : Number.isSafeInteger(size);
  if (!found.commit || !etag || !isSize) {
    throw strangeAnswer(host, 'no commit, hash or size for a file');
  }
  if (found.commit !== asked.commit) {
    throw new AppError('changed', `${host} gave ${asked.path} of ${asked.id} from another commit than asked for.`);
  }
  const { commit, xetHash } = found;
  return { etag, size, commit, ...(xetHash !== undefined && isSha256(xetHash) ? { xetHash } : {}) };
};

/**
 * Where the bytes of one file can be had right now. GET, which is all that a transfer's connections do; redirects by hand,
 * because only they name the hash of a file that lies on another host. Renames are followed; another host, or the Hub's own
 * copy, is the result.
 * @throws AppError: as `answerError` says; changed: another commit than asked for
 */
export const locate = async (http: Http, file: LocateRequest, signal: AbortSignal, ask?: Ask): Promise<LocatedFile> => {
  const subject: Subject = { type: file.type, id: file.id, revision: file.commit, path: file.path, gate: file.gate };
  const call: Call = { subject, signal, ask };
  const { host } = http;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  let url = new URL(`${http.repoUrl(file)}/resolve/${encodeURIComponent(file.commit)}/${path}`);
  const { origin } = url;
  let found = NOTHING;

  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const asked = url;
    const answer = await http.askForHead(url, call, { 'accept-encoding': 'identity' });
    answer.discard();
    if (answer.status >= 400) throw answerError(answer, subject, http.circumstances(subject));
    found = gather(found, answer);
    const location = answer.header('location');
    if (!isRedirect(answer.status) || location === undefined) {
      return { url: url.href, headers: http.credentials(url), ...settle(found, file, host) };
    }
    const next = URL.parse(location, url.href);
    if (!next) throw strangeAnswer(host, 'a redirect to nowhere');
    const refusal = redirectRefusal(url, next);
    if (refusal !== undefined) throw new AppError('integrity', `${host} sent us on for ${file.path}. ${refusal}`);
    url = next;
    if (url.origin === origin && isCopy(url, found)) {
      return { url: url.href, headers: http.credentials(url), ...settle(found, file, host, true) };
    }
    http.spare(asked);
    if (url.origin !== origin) return { url: url.href, headers: {}, ...settle(found, file, host) };
  }
  throw strangeAnswer(host, 'redirects without end');
};

type Headers = FoundFile['headers'];

/** Makes headers anew only where the token that goes with them is another one. */
const createHeaders = (userAgent: string): ((credentials: Headers) => Headers) => {
  let known: Headers = {};
  let token: string | undefined;
  return ({ authorization }) => {
    if (known['user-agent'] === undefined || authorization !== token) {
      token = authorization;
      const own = { 'accept-encoding': 'identity', 'user-agent': userAgent };
      known = token === undefined ? own : { ...own, authorization: token };
    }
    return known;
  };
};

/**
 * Where the files of a commit are, as `locate` finds it out where nothing is unusual: one question each, and an answer that is the file, or leads to
 * the Hub's own copy of it or to another host. Whatever else comes is for `locate`, by which everything is read here too.
 */
export const findingIn = (http: Http, repo: Pick<LocateRequest, 'type' | 'id' | 'commit'>): Finding => {
  const { host } = http;
  const start = new URL(`${http.repoUrl(repo)}/resolve/${encodeURIComponent(repo.commit)}/`);
  const { origin } = start;
  const own = createHeaders(http.userAgent);
  const foreign = createHeaders(http.userAgent)({});
  const asked: LocateRequest = { ...repo, path: '' };
  const targetOf = (path: string): string => start.pathname + path.split('/').map(encodeURIComponent).join('/');
  const ownHeaders = (): Headers => own(http.credentials(start));

  /** @throws as `locate` */
  const read = (target: string, status: number, header: Header): FoundFile | undefined => {
    const found = gather(NOTHING, { status, header, discard: () => undefined });
    const location = header('location');
    if (!isRedirect(status) || location === undefined)
      return status === 200 ? { origin, target, headers: ownHeaders(), ...settle(found, asked, host) } : undefined;
    const from = `${origin}${target}`;
    const next = URL.parse(location, from);
    if (!next || redirectRefusal(start, next) !== undefined) return undefined;
    const place = { origin: next.origin, target: `${next.pathname}${next.search}` };
    if (next.origin === origin)
      return isCopy(next, found) ? { ...place, headers: ownHeaders(), ...settle(found, asked, host, true) } : undefined;
    http.spare({ pathname: target });
    return { ...place, headers: foreign, ...settle(found, asked, host) };
  };

  return {
    origin,
    headers: ownHeaders,
    begin: (path) => {
      const target = targetOf(path);
      return http.begin({ pathname: target }) ? target : undefined;
    },
    end: (target, status, header) => {
      http.end({ pathname: target }, outcomeOf(status), header);
      try {
        return read(target, status, header);
      } catch {
        // Whoever asks once more says what is wrong with it.
        return undefined;
      }
    },
    broke: (target, isGivenUp) => http.end({ pathname: target }, isGivenUp ? undefined : 'no_answer'),
  };
};
