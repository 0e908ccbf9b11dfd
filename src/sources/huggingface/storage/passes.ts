import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import { type Clock, startWait } from '../../../lib/clock.ts';
import { orAborted } from '../../../lib/async/or-aborted.ts';
import { redirectRefusal } from '../../../lib/net/egress.ts';
import type { ChunkedFile } from '../../port.ts';
import { strangeAnswer } from '../errors.ts';
import type { Http } from '../http.ts';
import { createJsonFetch } from '../json.ts';

/** What lets in at the storage, for one repository at one commit (huggingface.co/docs/xet/auth). */
interface Pass {
  readonly accessToken: string;
  readonly storage: URL;
  /** Until it is good no more, in milliseconds. */
  readonly leftMs: () => number;
}

export interface PassesDeps {
  readonly http: Http;
  readonly clock: Clock;
}

const PASS_MOST_BYTES = 256 * 1024;
/** A repository has several files, and its update two commits. */
const PASSES_MOST = 32;
/** A pass is not used in its last moments. */
const PASS_SPARE_MS = 30_000;

const passSchema = z.object({
  accessToken: z.string().regex(/^[\x21-\x7e]{1,64000}$/),
  casUrl: z.string().max(64_000),
  /** In seconds since the epoch. */
  exp: z.number(),
});

/** Passes by repository and commit, each asked for once as long as it is good. */
export const createPasses = ({ http, clock }: PassesDeps) => {
  const known = new Map<string, Promise<Pass>>();
  const keyOf = ({ type, id, commit }: ChunkedFile): string => [type, id, commit].join(' ');

  const ask = async ({ type, id, commit, path }: ChunkedFile, signal: AbortSignal): Promise<Pass> => {
    const url = new URL(`${http.endpoint}/api/${type}s/${id}/xet-read-token/${commit}`);
    const call = { subject: { type, id, revision: commit, path }, signal };
    const answer = await createJsonFetch(http, call, 'object', PASS_MOST_BYTES)(url);
    const { data } = passSchema.safeParse(await answer.json());
    const storage = URL.parse(data?.casUrl ?? '');
    if (!data || !storage) throw strangeAnswer(http.host, 'nothing to ask for chunks with');
    const why = redirectRefusal(url, storage);
    if (why !== undefined) throw new AppError('integrity', why);
    return { ...data, storage, leftMs: startWait(clock, data.exp * 1000 - clock.now() - PASS_SPARE_MS) };
  };

  return {
    forget: (file: ChunkedFile): void => void known.delete(keyOf(file)),
    of: async (file: ChunkedFile, signal: AbortSignal): Promise<Pass> => {
      const key = keyOf(file);
      // Somebody else may be asking: that is over with whoever asks here, too.
      const asking = known.get(key)?.catch(() => undefined);
      const before = asking && (await orAborted(asking, signal));
      signal.throwIfAborted();
      if (before && before.leftMs() > 0) return before;
      if (known.size >= PASSES_MOST) known.clear();
      const asked = ask(file, signal);
      known.set(key, asked);
      // Whoever asks next asks anew.
      asked.catch(() => known.get(key) === asked && known.delete(key));
      return asked;
    },
  };
};
