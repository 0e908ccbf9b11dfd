import { type Answer, json, text } from '../http/answer.ts';
import type { HubParts } from './find-repo.ts';
import { methodRefused, notFound, repoMissing } from './hub-errors.ts';
import type { HubRequest } from '../http/hub-request.ts';
import type { Verdict } from './rate-limit.ts';
import { repoApi } from './repo-api.ts';
import { SPACES } from '../samples/spaces.ts';
import { fileRoutes, resolveCache } from './resolve.ts';
import { tokenSettings } from './token-settings.ts';
import { searchApi, whoAmI } from './search-api.ts';

/** `/api/spaces/{id}`: what the Hub tells of an app. */
const spaceInfo = ({ parts: [, , owner, name] }: HubRequest): Answer => {
  const id = `${owner}/${name}`;
  const space = SPACES[id];
  if (!space) throw repoMissing();
  return json({ id, author: owner, sdk: 'gradio', private: false, ...space });
};

/** Everything the Hub's own host answers. @throws Refusal */
export const hubAnswer = async (parts: HubParts, request: HubRequest): Promise<Answer> => {
  if (!['GET', 'HEAD', 'POST'].includes(request.method)) throw methodRefused();
  const [area, resource, name] = request.parts;
  if (area === 'settings') return tokenSettings(parts, request);
  if (area !== 'api') return fileRoutes(parts, request);
  if (resource === 'whoami-v2') return whoAmI(parts, request);
  if (resource === 'resolve-cache') return resolveCache(parts, request);
  if (resource === 'spaces') return spaceInfo(request);
  if (resource !== 'models' && resource !== 'datasets') throw notFound();
  const type = resource === 'models' ? 'model' : 'dataset';
  return name === undefined ? searchApi(parts, request, type) : repoApi(parts, request, type);
};

/** The Hub's words when a quota is used up; there is no `Retry-After`, the `RateLimit` header says how long. */
export const tooMany = ({ bucket, quota, headers }: Verdict): Answer =>
  text(
    429,
    `We had to rate limit you, you hit the quota of ${quota} ${bucket} requests per 5 minutes period. Upgrade to a PRO user or Team/Enterprise organization account (https://hf.co/pricing) to get higher limits. See https://huggingface.co/docs/hub/rate-limits`,
    headers,
  );
