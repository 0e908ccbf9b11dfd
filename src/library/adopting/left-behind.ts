import { setTimeout as pass } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { AdoptionWish } from '../../domain/verification.ts';
import type { Log } from '../../lib/log.ts';
import { pageOf, type PageWanted } from '../../lib/page.ts';
import type { Queue } from '../../queue/queue.ts';
import type { FoundItem } from '../../store/verifying/adoptions.ts';
import { createLook, type Find, hostOfKey, inOrder, type Known, type Look, type LookDeps } from './finds.ts';
import { type Everywhere, meantOf, removedOf } from './meant.ts';
import { createShown } from './shown.ts';

/** A part of what was found. */
export interface FindsPage {
  readonly finds: readonly Find[];
  readonly total: number;
  /** What is on all pages, for a wish that means that and nothing else. */
  readonly as: string;
  readonly bytes: number;
  /** How many lie there only because their removals can be undone. */
  readonly removed: number;
  /** Machines that were looked through, by their names. */
  readonly of: readonly string[];
  readonly pages: number;
  /** Counted from 0; the last one if there are not so many. */
  readonly page: number;
  /** Machines that are still being looked through, by their names. */
  readonly looking: readonly string[];
  /** Machines of which nothing is known: they are away, or do not answer. */
  readonly unknown: readonly string[];
}

/** What lies in the caches of all machines and no library has, the largest first. */
export interface LeftBehind {
  /** Waits for the disks a moment at most. undefined: all are still being looked through. */
  readonly page: (wanted: PageWanted) => Promise<FindsPage | undefined>;
  /** The list goes on without it until the disk is looked through again. @returns its place there; -1 if it is not there */
  readonly drop: (key: string) => Promise<number>;
  /** What of it is meant in this chat. @throws AppError not_found, unavailable, with a sentence that says what is there instead; the signal's reason */
  readonly meantBy: (wish: AdoptionWish, chatId: number, signal: AbortSignal) => Promise<FoundItem[]>;
  /** The next look goes through the disks again. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

interface LeftBehindDeps extends LookDeps {
  readonly queue: Pick<Queue, 'listCache' | 'hostsThere'>;
  /** Some minutes if not given. */
  readonly patience?: Patience | undefined;
  readonly log: Log;
}

/** How long somebody who reads a list waits for the disks. */
const PATIENCE_MS = 2000;
/** How long is waited for other machines, in milliseconds: they may tell of their disks as slowly as they like. */
export interface Patience {
  /** For any of them, where all are asked. */
  readonly manyMs: number;
  /** For the one that is asked alone. */
  readonly oneMs: number;
}
/** Of a disk with fifty thousand repositories everything is told within ten minutes (`hosts/serving/pages.ts`). */
const PATIENCE: Patience = { manyMs: 120_000, oneMs: 600_000 };

/** This machine's own disk is waited for however long it takes; a timer of Node has this end. */
const OWN_MS = 2 ** 31 - 1;

const isLeft = ({ isKept, isTaken }: Known): boolean => !isKept && isTaken !== true;

const isNotFound = (error: unknown): boolean => error instanceof AppError && error.code === 'not_found';

/** What a machine has; `unknown`: it did not say. undefined: it is still being looked through. */
type OnMachine = readonly Known[] | 'unknown' | undefined;

/** The disks of all machines, each looked through by itself. */
const createLooks = (deps: LeftBehindDeps) => {
  const { store, queue, patience = PATIENCE, log } = deps;
  const looks = new Map<number, Look>();
  const on = (hostId: number): Look => {
    const look = looks.get(hostId) ?? createLook(deps, hostId);
    looks.set(hostId, look);
    return look;
  };
  /** What is wrong with another machine keeps nobody from what lies on this one. */
  const look = async (hostId: number): Promise<Exclude<OnMachine, undefined>> => {
    try {
      return await on(hostId).look();
    } catch (error) {
      if (hostId === THIS_HOST) throw error;
      log.debug({ err: error, host: hostId }, 'The cache of a host could not be looked through');
      return 'unknown';
    }
  };
  /** Who asked goes on without it when it takes long, or nobody wants to know any more. */
  const lookFor = async (hostId: number, mostMs: number, signal?: AbortSignal): Promise<OnMachine> => {
    const looking = look(hostId);
    looking.catch((error: unknown) => log.debug({ err: error }, 'The cache could not be looked through'));
    const enough = new AbortController();
    const left = signal ? AbortSignal.any([signal, enough.signal]) : enough.signal;
    const over = pass(mostMs, undefined, { signal: left, ref: false }).catch(() => undefined);
    try {
      return await Promise.race([looking, over]);
    } finally {
      enough.abort();
    }
  };
  /** @returns by machine: those that are there as asked, the others unknown */
  const ask = async (
    of: (hostId: number) => Promise<OnMachine>,
  ): Promise<readonly (readonly [number, OnMachine])[]> => {
    const there = queue.hostsThere();
    const joined = store.hosts.listHosts().filter(({ state }) => state === 'joined');
    const away = joined.map(({ id }) => id).filter((id) => !there.includes(id));
    const told = await Promise.all(there.map(async (hostId) => [hostId, await of(hostId)] as const));
    return [...told, ...away.map((hostId) => [hostId, 'unknown'] as const)];
  };
  return {
    all: () => looks.values(),
    ask: (signal: AbortSignal) =>
      ask((hostId) => lookFor(hostId, hostId === THIS_HOST ? OWN_MS : patience.manyMs, signal)),
    askOne: async (hostId: number, signal: AbortSignal) => {
      const found = await lookFor(hostId, hostId === THIS_HOST ? OWN_MS : patience.oneMs, signal);
      return [[hostId, found] as const];
    },
    askBriefly: () => ask((hostId) => lookFor(hostId, PATIENCE_MS)),
  };
};

/** Nothing is looked at before somebody asks. */
export const createLeftBehind = (deps: LeftBehindDeps): LeftBehind => {
  const { store, queue } = deps;
  const looks = createLooks(deps);
  const shown = createShown();
  const nameOf = (hostId: number): string => store.hosts.getHost(hostId)?.name ?? 'A machine';
  const everywhere = (told: readonly (readonly [number, OnMachine])[]): Everywhere => ({
    known: inOrder(told.flatMap(([, found]) => (typeof found === 'object' ? found : []))),
    of: told.flatMap(([hostId, found]) => (typeof found === 'object' ? nameOf(hostId) : [])),
    unknown: told.flatMap(([hostId, found]) => (typeof found === 'object' ? [] : nameOf(hostId))),
  });
  const forget = (): void => {
    for (const look of looks.all()) look.forget();
  };

  return {
    page: async (wanted) => {
      const told = await looks.askBriefly();
      const looking = told.flatMap(([hostId, found]) => (found === undefined ? nameOf(hostId) : []));
      const { known, of } = everywhere(told);
      const unknown = told.flatMap(([hostId, found]) => (found === 'unknown' ? nameOf(hostId) : []));
      if (looking.length > 0 && known.length === 0) return undefined;
      const found = known.filter(isLeft);
      const { pages, page, offset, limit } = pageOf(found.length, wanted);
      const bytes = found.reduce((sum, find) => sum + find.bytes, 0);
      const as = shown.note(found);
      const part = { finds: found.slice(offset, offset + limit), total: found.length, as, pages, page };
      return { ...part, bytes, removed: removedOf(known), of, looking, unknown };
    },
    drop: async (key) => {
      const { known } = everywhere(await looks.askBriefly());
      for (const look of looks.all()) look.drop(key);
      return known.filter(isLeft).findIndex((one) => one.key === key);
    },
    meantBy: async (wish, chatId, signal) => {
      // What a list has shown is where it was shown.
      const hostId = 'key' in wish ? hostOfKey(wish.key) : wish.hostId;
      if (hostId !== undefined && !queue.hostsThere().includes(hostId))
        throw new AppError(
          'unavailable',
          `${nameOf(hostId)} is away: what lies there cannot be looked through. Ask again when it is back.`,
        );
      // Of everything else somebody may have just put it there.
      if (!('key' in wish)) forget();
      const find = (told: Parameters<typeof everywhere>[0]): FoundItem[] => {
        signal.throwIfAborted();
        if (hostId !== undefined && told.some(([, found]) => found === undefined))
          throw new AppError(
            'unavailable',
            `${nameOf(hostId)} has not told yet all that lies there: that is much, or it is slow. Ask again in some minutes.`,
          );
        return meantOf({ store, shown }, everywhere(told), wish, chatId);
      };
      if (hostId !== undefined) return find(await looks.askOne(hostId, signal));
      if (!('id' in wish)) return find(await looks.ask(signal));
      try {
        // What lies here waits for no other machine.
        return find(await looks.askOne(THIS_HOST, signal));
      } catch (error) {
        if (!isNotFound(error) || queue.hostsThere().length === 1) throw error;
        return find(await looks.ask(signal));
      }
    },
    forget,
    close: async () => {
      await Promise.all([...looks.all()].map((look) => look.close()));
    },
  };
};
