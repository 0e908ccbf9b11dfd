import { listDatasets, listModels } from '@huggingface/hub';
import type { SearchQuery } from '../port.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';

const RESULTS_MOST = 100;
const ID = /^[\w.-]{1,96}(?:\/[\w.-]{1,96})?$/;

/** The ids that the Hub's own search finds, those downloaded most first. One request. @throws AppError as `answerError` says */
export const search = async (http: Http, query: SearchQuery, signal: AbortSignal): Promise<string[]> => {
  const { type, words, owner } = query;
  const subject = { type, id: words ?? owner ?? '' };
  const asked = {
    search: { ...(words === undefined ? {} : { query: words }), ...(owner === undefined ? {} : { owner }) },
    sort: 'downloads' as const,
    limit: RESULTS_MOST,
    hubUrl: http.endpoint,
    fetch: createJsonFetch(http, { subject, signal }, 'array'),
  };
  const ids: string[] = [];
  for await (const { name } of type === 'model' ? listModels(asked) : listDatasets(asked)) {
    if (ID.test(name)) ids.push(name);
  }
  return ids;
};
