import { z } from 'zod';
import { isRepoId } from '../../domain/repo/repo.ts';
import type { NamedBySpace } from '../port.ts';
import { strangeAnswer } from './errors.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';

const NAMES_MOST = 200;

const names = z
  .array(z.string())
  .catch([])
  .transform((all) => all.filter(isRepoId).slice(0, NAMES_MOST));
const spaceSchema = z.object({ models: names, datasets: names });

/** The models and datasets that the Hub has found in a Space’s own files. @throws AppError as `answerError` says */
export const namedBySpace = async (http: Http, id: string, signal: AbortSignal): Promise<NamedBySpace> => {
  // Sentences about a failure speak of models; nobody reads them of a Space.
  const ask = createJsonFetch(http, { subject: { type: 'model', id }, signal }, 'object');
  const answer = await ask(new URL(`${http.endpoint}/api/spaces/${id}`));
  const parsed = spaceSchema.safeParse(await answer.json());
  if (!parsed.success) throw strangeAnswer(http.host, 'no Space in it', parsed.error);
  return parsed.data;
};
