import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { isCommit } from '../../domain/hashes.ts';
import { isRepoId } from '../../domain/repo/repo.ts';
import type { SearchOrder } from '../../domain/search/terms.ts';
import type { FoundRepo, SearchPage, SearchQuery } from '../port.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';

const RESULTS_MOST = 100;

/** As the Hub calls them. */
const SORTS: Readonly<Record<SearchOrder, string>> = {
  trending: 'trendingScore',
  downloads: 'downloads',
  recent: 'lastModified',
};

/** What is asked for of each; the Hub answers 400 to a name that it does not have for this type. */
const FIELDS = {
  model: ['downloads', 'gated', 'gguf', 'lastModified', 'pipeline_tag', 'safetensors', 'sha', 'tags', 'usedStorage'],
  dataset: ['downloads', 'gated', 'lastModified', 'sha', 'tags', 'usedStorage'],
} as const;

const WORD = /^[\w.+-]{1,60}$/;

const count = z.int().nonnegative();

/** What is told in another form is not told. */
const entrySchema = z.object({
  id: z.string().refine(isRepoId),
  sha: z.string().refine(isCommit).optional().catch(undefined),
  // Left out, as some mirrors do: whoever asks for its files finds out.
  gated: z
    .union([z.literal(false), z.enum(['auto', 'manual'])])
    .default(false)
    .catch('manual'),
  tags: z.array(z.string()).catch([]),
  pipeline_tag: z.string().regex(WORD).optional().catch(undefined),
  downloads: count.optional().catch(undefined),
  lastModified: z.iso.datetime().optional().catch(undefined),
  safetensors: z
    .object({ parameters: z.record(z.string(), count) })
    .optional()
    .catch(undefined),
  gguf: z.object({ total: count }).optional().catch(undefined),
  usedStorage: count.optional().catch(undefined),
});
type Entry = z.infer<typeof entrySchema>;

const LICENSE = 'license:';

/** Licences and tasks are what people wrote into a file; here they are names, or not told. */
const licenseIn = (tags: readonly string[]): string | undefined => {
  const license = tags.find((tag) => tag.startsWith(LICENSE))?.slice(LICENSE.length);
  return license !== undefined && WORD.test(license) ? license : undefined;
};

const foundRepo = (entry: Entry): FoundRepo => {
  const { id, sha, gated, tags, pipeline_tag: task, downloads, lastModified } = entry;
  const { safetensors, gguf, usedStorage } = entry;
  return {
    id,
    commit: sha,
    gated,
    license: licenseIn(tags),
    task,
    downloads,
    lastModified,
    told: {
      ...(safetensors ? { parameters: safetensors.parameters } : {}),
      ...(gguf ? { ggufParameters: gguf.total } : {}),
      ...(usedStorage === undefined ? {} : { storedBytes: usedStorage }),
    },
  };
};

const addressOf = ({ endpoint }: Http, query: SearchQuery): URL => {
  const { type, words, owner, task, tags = [], order = 'downloads', limit = RESULTS_MOST, cursor } = query;
  const url = new URL(`${endpoint}/api/${type}s`);
  const asked: readonly (readonly [string, string | undefined])[] = [
    ['search', words],
    ['author', owner],
    ['pipeline_tag', task],
    ...tags.map((tag) => ['filter', tag] as const),
    ['sort', SORTS[order]],
    // The greatest first.
    ['direction', '-1'],
    ['limit', String(Math.min(limit, RESULTS_MOST))],
    ['cursor', cursor],
  ];
  for (const [name, value] of asked) if (value !== undefined && value !== '') url.searchParams.append(name, value);
  return url;
};

/** With what is to be told of each; or, of a Hub that does not know all of these, with what it tells by itself. */
const withFields = (url: URL, fields: readonly string[]): URL => {
  const full = new URL(url);
  if (fields.length === 0) full.searchParams.append('full', 'true');
  for (const field of fields) full.searchParams.append('expand', field);
  return full;
};

/** The place of the next page, by the link to it. */
const cursorIn = (link: string): string | undefined => {
  const address = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(link)?.[1];
  return (address !== undefined && URL.parse(address)?.searchParams.get('cursor')) || undefined;
};

/**
 * A page of what the Hub's own search finds. One request; a second one where it does not know what was to be told of each, as
 * older mirrors. What cannot be read as a repository is left out.
 * @throws AppError as `answerError` says
 */
export const search = async (http: Http, query: SearchQuery, signal: AbortSignal): Promise<SearchPage> => {
  const { type, words, owner } = query;
  const subject = { type, id: words ?? owner ?? '' };
  const ask = createJsonFetch(http, { subject, signal }, 'array');
  const url = addressOf(http, query);
  const answer = await ask(withFields(url, FIELDS[type])).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'operational') return ask(withFields(url, []));
    throw error;
  });
  const entries = (await answer.json()) as readonly unknown[];
  const found = entries.flatMap((raw) => {
    const parsed = entrySchema.safeParse(raw);
    return parsed.success ? [foundRepo(parsed.data)] : [];
  });
  return { found, next: cursorIn(answer.headers.get('link') ?? '') };
};
