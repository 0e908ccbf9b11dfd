import { type Answer, json } from '../http/answer.ts';
import type { HubParts } from './find-repo.ts';
import { badRequest, badToken, loginNeeded } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';
import { byCursor } from './paging.ts';
import { listedInfo } from './repo-info.ts';
import type { SampleRepo } from '../repos/sample-repo.ts';
import type { IndexedRepo } from '../repos/repo-index.ts';

type Entry = Readonly<Record<string, unknown>>;

const SORTS = ['createdAt', 'downloads', 'likes', 'lastModified', 'likes30d', 'trendingScore', 'id'] as const;
const ALL_KEYS = new URLSearchParams(
  [
    'expand=downloads&expand=likes&expand=createdAt&expand=lastModified',
    'expand=tags&expand=pipeline_tag&expand=gated&expand=author&expand=trendingScore',
  ].join('&'),
);

/** Every word has to occur in the id; the Hub looks in the name only. */
const matchesWords = (id: string, search: string): boolean =>
  search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => id.toLowerCase().includes(word));

const fits = (repo: IndexedRepo, entry: Entry, query: URLSearchParams): boolean => {
  const tags = entry['tags'] as readonly string[];
  const author = query.get('author');
  const task = query.get('pipeline_tag');
  const gated = query.get('gated');
  const filters = query.getAll('filter').flatMap((filter) => filter.split(','));
  return (
    matchesWords(repo.id, query.get('search') ?? '') &&
    (author === null || String(entry['author']).toLowerCase() === author.toLowerCase()) &&
    (task === null || entry['pipeline_tag'] === task) &&
    (gated === null || (gated === 'true') === (repo.gated !== false)) &&
    filters.every((filter) => tags.includes(filter) || entry['pipeline_tag'] === filter)
  );
};

const sorted = (entries: readonly (readonly [IndexedRepo, Entry])[], query: URLSearchParams): IndexedRepo[] => {
  const wanted = query.get('sort') ?? 'trendingScore';
  const key = SORTS.find((sort) => sort === wanted);
  if (key === undefined) throw badRequest(`"sort" must be one of [${SORTS.join(', ')}]`);
  const valueOf = (entry: Entry): number | string => {
    const value = entry[key === 'likes30d' ? 'downloads' : key];
    return typeof value === 'number' ? value : String(value);
  };
  const direction = query.get('direction') === '1' || key === 'id' ? 1 : -1;
  return entries.toSorted(([, a], [, b]) => (valueOf(a) < valueOf(b) ? -direction : direction)).map(([repo]) => repo);
};

/** `/api/models?search=…` and `/api/datasets?search=…`. */
export const searchApi = (parts: HubParts, request: HubRequest, type: SampleRepo['type']): Answer => {
  parts.access.checkToken(request.token);
  const { query } = request;
  const visible = parts.repos.list(type).filter((repo) => parts.access.canSee(repo, request.token) && !repo.disabled);
  const all =
    type === 'model' ? ALL_KEYS : new URLSearchParams([...ALL_KEYS].filter(([, key]) => key !== 'pipeline_tag'));
  const found = visible
    .map((repo) => [repo, listedInfo(repo, all)] as const)
    .filter(([repo, entry]) => fits(repo, entry, query));
  const page = byCursor(sorted(found, query), 1000, request, parts.origin());
  return json(
    page.items.map((repo) => listedInfo(repo, query)),
    page.headers,
  );
};

/** `/api/whoami-v2`. */
export const whoAmI = ({ access }: HubParts, { token }: HubRequest): Answer => {
  const account = access.accountOf(token);
  if (!account) throw token === undefined ? loginNeeded() : badToken();
  const { name, fullName, role } = account;
  return json({
    type: 'user',
    id: Buffer.from(name.padEnd(12, '-').slice(0, 12)).toString('hex'),
    name,
    fullname: fullName,
    email: `${name}@example.org`,
    emailVerified: true,
    canPay: false,
    billingMode: 'postpaid',
    periodEnd: null,
    isPro: false,
    avatarUrl: '/avatars/sample.svg',
    orgs: [],
    auth: {
      type: 'access_token',
      accessToken: { displayName: 'sample token', role, createdAt: '2026-01-05T09:30:00.000Z' },
    },
  });
};
