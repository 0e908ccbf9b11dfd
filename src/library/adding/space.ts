import { AppError, isTransient } from '../../domain/errors.ts';
import type { NamedBySpace, Source } from '../../sources/port.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import type { Store } from '../../store/store.ts';

interface SpaceDeps {
  readonly store: Pick<Store, 'addRequests'>;
  readonly source: Pick<Source, 'namedBySpace'>;
}

/** So many are offered: more buttons are no choice. */
const OFFERED_MOST = 8;

/** What the Space uses; nothing if the Hub does not say. @throws AppError if asking again may help; the signal's reason */
const ask = async ({ source }: SpaceDeps, id: string, signal: AbortSignal): Promise<NamedBySpace> => {
  try {
    return await source.namedBySpace(id, signal);
  } catch (error) {
    // What it is was clear before the Hub was asked.
    if (error instanceof AppError && !isTransient(error)) return { models: [], datasets: [] };
    throw error;
  }
};

/** Ends the look-up of a Space with what that uses. @throws AppError if asking again may help; the signal's reason */
export const endWithSpace = async (
  deps: SpaceDeps,
  { id }: AddRequest,
  space: string,
  signal: AbortSignal,
): Promise<void> => {
  const { models, datasets } = await ask(deps, space, signal);
  const suggestions = [...models, ...datasets.map((dataset) => `datasets/${dataset}`)].slice(0, OFFERED_MOST);
  deps.store.addRequests.moveAddRequest(id, 'looking_up', 'failed', {
    errorMessage: null,
    choices: { kind: 'failure', code: 'validation', isSpace: true, suggestions },
  });
};
