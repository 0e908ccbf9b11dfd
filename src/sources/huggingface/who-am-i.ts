import { z } from 'zod';
import type { TokenAccount } from '../../domain/people/personal-token.ts';
import { table } from '../../lib/table.ts';
import { strangeAnswer } from './errors.ts';
import type { Http } from './http.ts';
import { createJsonFetch } from './json.ts';

const accountSchema = z.object({
  name: z.string().regex(/^[\w.-]{1,96}$/),
  auth: z
    .object({ accessToken: z.object({ role: z.string() }).optional() })
    .optional()
    .catch(undefined),
});

/** What the Hub calls them. */
const KINDS = table<NonNullable<TokenAccount['kind']>>({ read: 'read', write: 'write', fineGrained: 'fine_grained' });

/**
 * Whose token it is that requests are made with. One request.
 * @returns undefined if the Hub does not accept it
 * @throws AppError as `answerError` says
 */
export const whoAmI = async (http: Http, signal: AbortSignal): Promise<TokenAccount | undefined> => {
  // Sentences about a failure speak of models; nobody reads them of an account.
  const call = { subject: { type: 'model', id: 'whoami-v2' }, signal } as const;
  // By the status alone: the sentence may be that of a repository which is not there.
  let isRefused = false;
  const watched: Http = {
    ...http,
    request: async (...asked) => {
      const answer = await http.request(...asked);
      isRefused = answer.status === 401;
      return answer;
    },
  };
  try {
    const answer = await createJsonFetch(watched, call, 'object')(`${http.endpoint}/api/whoami-v2`);
    const parsed = accountSchema.safeParse(await answer.json());
    if (!parsed.success) throw strangeAnswer(http.host, 'no account in it', parsed.error);
    const { name, auth } = parsed.data;
    return { name, kind: KINDS[auth?.accessToken?.role ?? ''] ?? null };
  } catch (error) {
    if (isRefused) return undefined;
    throw error;
  }
};
