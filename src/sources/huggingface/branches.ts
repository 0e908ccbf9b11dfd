import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { isCommit } from '../../domain/hashes.ts';
import { isRepoId, type RepoRef } from '../../domain/repo/repo.ts';
import { shorten } from '../../lib/text/shorten.ts';
import type { CommitsKnown, CommitTitle, Head } from '../port.ts';
import { strangeAnswer, type Subject } from './errors.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';

const TITLE_MOST = 200;

const headSchema = z.object({
  id: z.string().refine(isRepoId),
  sha: z.string().refine(isCommit),
  // An unknown kind of gate is still a gate; left out, as some mirrors do, it is none.
  gated: z
    .union([z.literal(false), z.enum(['auto', 'manual'])])
    .default(false)
    .catch('manual'),
  disabled: z.boolean().catch(false),
});

const commitSchema = z.object({ id: z.string().refine(isCommit), title: z.string().catch('') });

const subjectOf = ({ type, id, revision = 'main' }: RepoRef): Required<Pick<Subject, 'type' | 'id' | 'revision'>> => ({
  type,
  id,
  revision,
});

const placeOf = (http: Http, resource: string, { type, id, revision }: ReturnType<typeof subjectOf>): URL =>
  new URL(`${http.endpoint}/api/${type}s/${id}/${resource}/${encodeURIComponent(revision)}`);

/**
 * Where a revision is now. A hundred bytes, so that nothing would be won by asking whether they have changed.
 * @throws AppError as `answerError` says
 */
export const head = async (http: Http, ref: RepoRef, signal: AbortSignal): Promise<Head> => {
  const subject = subjectOf(ref);
  const url = placeOf(http, 'revision', subject);
  const brief = new URL(url);
  for (const field of ['sha', 'gated', 'disabled']) brief.searchParams.append('expand', field);
  const ask = createJsonFetch(http, { subject, signal }, 'object');
  const answer = await ask(brief).catch((error: unknown) => {
    // A mirror that does not know what it is to be brief about.
    if (error instanceof AppError && error.code === 'operational') return ask(url);
    throw error;
  });
  const parsed = headSchema.safeParse(await answer.json());
  if (!parsed.success) throw strangeAnswer(http.host, 'no revision in it', parsed.error);
  const { id: canonicalId, sha: commit, gated, disabled } = parsed.data;
  if (isCommit(subject.revision) && commit !== subject.revision)
    throw strangeAnswer(http.host, 'another commit than asked for');
  return { commit, canonicalId, gated, disabled };
};

/** What somebody wrote into a commit, as one line of printable text. */
const oneLine = (title: string): string => shorten(title.replace(/[\p{C}\s]+/gu, ' ').trim(), TITLE_MOST);

/**
 * The titles of the commits that are news, the newest first.
 * @throws AppError as `answerError` says; the Hub tells those of a gated repository to nobody who may not read it
 */
export const commits = async (
  http: Http,
  ref: RepoRef,
  { since, most }: CommitsKnown,
  signal: AbortSignal,
): Promise<readonly CommitTitle[]> => {
  const subject = subjectOf(ref);
  const url = placeOf(http, 'commits', subject);
  url.searchParams.set('limit', String(most));
  const answer = await createJsonFetch(http, { subject, signal }, 'array')(url);
  const parsed = z.array(commitSchema).safeParse(await answer.json());
  if (!parsed.success) throw strangeAnswer(http.host, 'no commits in it', parsed.error);
  const known = parsed.data.findIndex(({ id }) => id === since);
  const news = known < 0 ? parsed.data : parsed.data.slice(0, known);
  return news.slice(0, most).map(({ id, title }) => ({ id, title: oneLine(title) }));
};
