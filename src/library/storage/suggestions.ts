import { setImmediate as breathe } from 'node:timers/promises';
import type { Model } from '../../domain/model.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Candidate } from '../../store/storage/candidates.ts';
import { lastUsed, type LastUsedDeps, type Used } from './last-used.ts';

/** A complete model that could go, and why that one. */
export interface Suggestion {
  readonly model: Model;
  readonly sizeBytes: number;
  readonly used: Used;
  /** Days without use. */
  readonly idleDays: number;
  /** How many chats have it: if there are several, removing it from one frees nothing. */
  readonly chats: number;
}

export interface SuggestionsDeps extends LastUsedDeps {
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
/** So many of the largest are looked at: the others would free little. */
const LOOKED_AT_MOST = 200;
/** How long it is believed when something was used last. */
const TTL_MS = 60_000;

/** What could go, sought on the disk and in the rows. */
export interface Suggestions {
  /** Of a machine, what frees most and was not used for longest comes first. @param chatId undefined: of all chats */
  readonly list: (hostId: number, chatId: number | undefined) => Promise<Suggestion[]>;
}

const weightOf = ({ sizeBytes, idleDays }: Suggestion): number => sizeBytes * idleDays;

/** One look at the disk of each machine at a time, however many ask. */
export const createSuggestions = (deps: SuggestionsDeps): Suggestions => {
  const { store, clock } = deps;
  const known = new Map<number, { readonly used: Used | undefined; readonly since: number }>();
  const last = new Map<number, Promise<unknown>>();

  const usedOf = async (copy: Candidate): Promise<Used | undefined> => {
    const before = known.get(copy.id);
    if (before && clock.monotonic() - before.since < TTL_MS) return before.used;
    const used = await lastUsed(deps, copy);
    known.set(copy.id, { used, since: clock.monotonic() });
    return used;
  };

  const look = async (hostId: number, chatId: number | undefined): Promise<Suggestion[]> => {
    const found: Suggestion[] = [];
    // Of a chat, those that no other chat has: removing others here would free nothing.
    for (const id of store.candidates.largestCandidates(LOOKED_AT_MOST, chatId, hostId)) {
      // Hundreds of models may have it.
      await breathe();
      const copy = store.candidates.candidate(id);
      if (!copy) continue;
      const used = await usedOf(copy);
      const ids = store.candidates.havingCopy(copy.id);
      const models = ids.flatMap((id) => store.models.getModel(id) ?? []);
      const model = models.find((one) => one.chatId === chatId) ?? models[0];
      if (!used || !model) continue;
      const idleDays = Math.floor((clock.now() - used.at) / DAY_MS);
      if (idleDays >= 1) found.push({ model, sizeBytes: copy.sizeBytes, used, idleDays, chats: copy.chats });
    }
    for (const [id, { since }] of known) if (clock.monotonic() - since >= TTL_MS) known.delete(id);
    return found.toSorted((left, right) => weightOf(right) - weightOf(left));
  };

  return {
    list: (hostId, chatId) => {
      const turn = (last.get(hostId) ?? Promise.resolve()).then(() => look(hostId, chatId));
      last.set(
        hostId,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
};
