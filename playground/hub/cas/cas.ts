import type { WallClock } from '../../../src/lib/clock.ts';
import type { Signing } from '../api/signing.ts';
import { type Answer, json, text } from '../http/answer.ts';
import type { HubRequest } from '../http/hub-request.ts';
import type { Span } from '../http/range.ts';
import { allCommits, type IndexedRepo } from '../repos/repo-index.ts';
import type { SampleCommit, SampleFile } from '../repos/sample-repo.ts';
import { planOf } from './reconstruction.ts';
import { createStorage, type StoredFile } from './storage.ts';
import { createCasTokens, type ReadToken } from './tokens.ts';
import { fetchOf, rangeOf, type XorbFetch, xorbAnswer } from './xorb-urls.ts';

export interface CasOptions {
  /** Most bytes of the chunks in a xorb; 64 MiB by default. */
  readonly xorbBytes?: number;
  /** How long a token for the CAS is good; an hour by default. */
  readonly tokenSeconds?: number;
  /** How many ranges of a xorb share a signed URL; as many as there are by default. */
  readonly rangesPerUrl?: number;
}

/** The Hub's content-addressed storage: large files as chunks that files share, rebuilt by who knows which and where. */
export interface Cas {
  /** Stores the large files of a repository that is stored by chunks, commit after commit, as far as they are not there. */
  readonly ready: (repo: IndexedRepo) => Promise<void>;
  readonly tokenFor: (commit: SampleCommit) => ReadToken;
  /** What its host answers. */
  readonly answer: (request: HubRequest) => Answer;
  /** Of a signed address on the CDN; undefined if the ranges that are asked for are not those that were signed. */
  readonly xorb: (request: HubRequest) => Answer | undefined;
}

export interface CasParts {
  readonly clock: WallClock;
  readonly signing: Signing;
  /** Where xorbs are. */
  readonly cdnOrigin: () => string;
  readonly options: CasOptions;
}

const HASH = /^[0-9a-f]{64}$/;

/** @returns undefined for 416, `malformed` for what is no range of bytes from one place to another */
const spanOf = (header: string | undefined, size: number): Span | 'malformed' | undefined => {
  if (header === undefined) return { start: 0, end: size };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (first === undefined || Number(last) < Number(first)) return 'malformed';
  return Number(first) >= size ? undefined : { start: Number(first), end: Math.min(size, Number(last) + 1) };
};

const inGroups = <T>(list: readonly T[], most: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / most) }, (_, at) => list.slice(at * most, (at + 1) * most));

export const createCas = ({ clock, signing, cdnOrigin, options }: CasParts): Cas => {
  const { rangesPerUrl = Number.MAX_SAFE_INTEGER } = options;
  const storage = createStorage(options.xorbBytes);
  const tokens = createCasTokens(clock, options.tokenSeconds ?? 3600);

  const reconstruction = (file: StoredFile, span: Span): Answer => {
    const { skip, terms, needed } = planOf(file, span);
    const xorbs = [...needed].map(([xorb, spans]): [string, XorbFetch[]] => {
      const groups = inGroups(spans, Math.min(rangesPerUrl, spans.length));
      const toFetch = (group: typeof spans): XorbFetch =>
        fetchOf(
          cdnOrigin(),
          signing,
          xorb,
          group.map((chunks) => rangeOf(xorb, chunks)),
        );
      return [xorb.hash, groups.map(toFetch)];
    });
    return json({
      offset_into_first_range: skip,
      terms: terms.map(({ xorb, start, end, unpackedLength }) => ({
        hash: xorb.hash,
        unpacked_length: unpackedLength,
        range: { start, end },
      })),
      xorbs: Object.fromEntries(xorbs),
    });
  };

  return {
    ready: async (repo) => {
      if (repo.repo.spec.xet !== 'chunks') return;
      const commits = allCommits(repo).toSorted((a, b) => (a.date < b.date ? -1 : Number(a.date > b.date)));
      for (const { files } of commits) {
        await storage.store(files.filter((file) => file.isLfs).map((file) => file.content));
      }
    },
    tokenFor: tokens.give,
    answer: (request) => {
      const [version, resource, hash = ''] = request.parts;
      if (version !== 'v2' || resource !== 'reconstructions') return text(404, 'Not Found');
      if (request.method !== 'GET') return text(405, 'Method Not Allowed');
      if (!HASH.test(hash)) return text(400, 'Bad Request: malformed file id');
      const commit = tokens.commitOf(request.token);
      if (!commit) return text(401, 'Unauthorized');
      const file = storage.file(hash);
      const isOfCommit = (each: SampleFile): boolean => each.isLfs && each.hasXetHash() && each.xetHash() === hash;
      if (!file || !commit.files.some(isOfCommit)) return text(404, 'Not Found');
      const span = spanOf(request.headers.range, file.size);
      if (span === 'malformed') return text(400, 'Bad Request: malformed range');
      return span ? reconstruction(file, span) : text(416, 'Range Not Satisfiable');
    },
    xorb: (request) => xorbAnswer(storage, request),
  };
};
