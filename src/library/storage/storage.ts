/* library/storage: what takes room and what could go; nothing that hubgram has not made goes by a rule. */

import { setTimeout as pass } from 'node:timers/promises';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import type { Log } from '../../lib/log.ts';
import { pageOf, type PageWanted } from '../../lib/page.ts';
import type { ChatSum, StoredSum } from '../../store/storage/storage-sums.ts';
import type { Store } from '../../store/store.ts';
import { createBelieved } from './believed.ts';
import { createSuggestions, type Suggestion } from './suggestions.ts';
import { createDiskWalk, type DiskReport, type DiskWalk, type DiskWalkDeps, type FolderShare } from './disk-walk.ts';

/** Of all chats, for an owner in a chat of their own; of one chat for everybody else. */
export type StorageScope = { readonly chatId: number } | 'all';

/** What the disk of a machine holds, and may hold. */
export interface StorageView {
  /** undefined: the disk is still being looked through. */
  readonly report: DiskReport | undefined;
  /** What stays free on the disk; 0 of another machine, which has a floor of its own. */
  readonly floorBytes: number;
  /** What all models may take together, and what they take, with what is on its way; undefined: there is no limit. */
  readonly limit: { readonly bytes: number; readonly takenBytes: number } | undefined;
  /** Of the scope. */
  readonly sum: StoredSum;
  /** Of the scope: of removed models, as long as they can be brought back. */
  readonly removedBytes: number;
  /** Chats that have models; of the scope `all`. */
  readonly chats: number;
  /** Of the scope. */
  readonly partials: { readonly bytes: number; readonly folders: number };
}

/** A part of a list. */
export interface StoragePage<T> {
  readonly entries: readonly T[];
  readonly total: number;
  readonly pages: number;
  /** Counted from 0; the last one if there are not so many. */
  readonly page: number;
}

/** A copy that is complete, and the model by which it is known. */
export interface StoredModel {
  readonly model: Model;
  /** What its chat is called. */
  readonly chatTitle?: string;
  readonly sizeBytes: number;
  readonly chats: number;
}

export interface ChatShare extends ChatSum {
  readonly title: string;
}

/** What has come in part, and who wants the rest. */
export interface PartialShare extends FolderShare {
  /** Of the scope; none: nobody wants it any more, or another program has begun it. */
  readonly models: readonly Model[];
}

/** What takes room on a machine, as people are shown it: on that of the bot unless told. */
export interface Storage {
  /** Waits for the disk a moment at most. @throws AppError operational, unavailable: the disk refuses to be looked at, or its machine is away */
  readonly view: (scope: StorageScope, hostId?: number) => Promise<StorageView>;
  /** The same of this machine, without waiting: what of the disk is known already. */
  readonly viewAtOnce: (scope: StorageScope) => Promise<StorageView>;
  /** The disk of this machine is to be looked through first, and so much lies there that it is no matter of a tenth of a second. */
  readonly takesLong: () => boolean;
  /** The disk is to be looked through anew. */
  readonly forget: (hostId?: number) => void;
  readonly models: (scope: StorageScope, wanted: PageWanted, hostId?: number) => StoragePage<StoredModel>;
  /** undefined: they are still being summed. */
  readonly chats: (wanted: PageWanted) => Promise<StoragePage<ChatShare> | undefined>;
  /** undefined: the disk is still being looked through. */
  readonly partials: (
    scope: StorageScope,
    wanted: PageWanted,
    hostId?: number,
  ) => Promise<StoragePage<PartialShare> | undefined>;
  /** What lies in the cache and is in no library; undefined: the disk is still being looked through. */
  readonly unowned: (
    wanted: PageWanted,
    hostId?: number,
  ) => Promise<StoragePage<DiskReport['unowned'][number]> | undefined>;
  /** What could go, of what hubgram has fetched; undefined: the disk is still being looked at. */
  readonly suggestions: (
    scope: StorageScope,
    wanted: PageWanted,
    hostId?: number,
  ) => Promise<StoragePage<Suggestion> | undefined>;
  readonly close: () => Promise<void>;
}

export interface StorageDeps extends DiskWalkDeps {
  readonly log: Log;
  /** What must stay free on the disk of this machine, in bytes. */
  readonly minFreeBytes: () => number;
  /** What all models may take together, in bytes; undefined = no limit. */
  readonly maxTotalBytes: () => number | undefined;
  /** How long somebody who asks waits for the disk, in milliseconds; then they get what is known without it. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 2000;
/** To look through the folders of more copies takes a tenth of a second and longer. */
const FEW_COPIES = 200;

const chatOf = (scope: StorageScope): number | undefined => (scope === 'all' ? undefined : scope.chatId);

const cut = <T>(list: readonly T[], wanted: PageWanted): StoragePage<T> => {
  const { pages, page, offset, limit } = pageOf(list.length, wanted);
  return { entries: list.slice(offset, offset + limit), total: list.length, pages, page };
};

/** What was found on a machine. */
interface Found {
  readonly hostId: number;
  readonly report: DiskReport;
}

/** Partial files of the scope: of a chat, those of repositories that its models wait for. */
const partialsIn = (
  { store }: StorageDeps,
  { hostId, report: { partials } }: Found,
  scope: StorageScope,
): DiskReport['partials'] => {
  if (scope === 'all') return partials;
  const awaited = new Set(store.storage.awaitedBy(scope.chatId, hostId).map(({ type, id }) => `${type} ${id}`));
  return partials.filter(({ repo }) => repo && awaited.has(`${repo.type} ${repo.id}`));
};

const withModels = (
  { store }: StorageDeps,
  share: FolderShare,
  { scope, hostId }: { readonly scope: StorageScope; readonly hostId: number },
): PartialShare => {
  const ids = share.repo ? store.storage.awaiting(share.repo.type, share.repo.id, hostId) : [];
  const models = ids.flatMap((id) => store.models.getModel(id) ?? []);
  return { ...share, models: models.filter(({ chatId }) => scope === 'all' || chatId === scope.chatId) };
};

const titleOf = (store: Store, chatId: number): string => store.chats.getChat(chatId)?.title ?? String(chatId);

/** What the rows know without the disk. */
const createModelList =
  (store: Store): Storage['models'] =>
  (scope, wanted, hostId = THIS_HOST) => {
    const { copies: total } = store.storage.countStored(chatOf(scope), hostId);
    const { pages, page, ...part } = pageOf(total, wanted);
    const entries = store.storage.listStored(part, chatOf(scope), hostId).flatMap(({ modelId, ...stored }) => {
      const model = store.models.getModel(modelId);
      return model ? [{ ...stored, model, chatTitle: titleOf(store, model.chatId) }] : [];
    });
    return { entries, total, pages, page };
  };

/** Who asked goes on without it when it takes long: the next one finds it. */
const createPatience = ({ log, patienceMs = PATIENCE_MS }: StorageDeps) => {
  const quietly = (looking: Promise<unknown>): Promise<unknown> =>
    looking.catch((error: unknown) => log.debug({ err: error }, 'What takes room could not be found out'));
  const soon = async <T>(looking: Promise<T>): Promise<T | undefined> => {
    void quietly(looking);
    const enough = new AbortController();
    const patience = pass(patienceMs, undefined, { signal: enough.signal, ref: false }).catch(() => undefined);
    try {
      return await Promise.race([looking, patience]);
    } finally {
      enough.abort();
    }
  };
  return { quietly, soon };
};

/** The disks of all machines, each looked through by itself. */
const createWalks = (deps: StorageDeps) => {
  const walks = new Map<number, DiskWalk>();
  return {
    on: (hostId: number): DiskWalk => {
      const walk = walks.get(hostId) ?? createDiskWalk(deps, hostId);
      walks.set(hostId, walk);
      return walk;
    },
    close: async (): Promise<void> => {
      await Promise.all([...walks.values()].map((walk) => walk.close()));
    },
  };
};

const limitOf = async ({ store, maxTotalBytes }: StorageDeps): Promise<StorageView['limit']> => {
  const bytes = maxTotalBytes();
  if (bytes === undefined) return undefined;
  const running = store.models.downloadingIds().flatMap((id) => store.models.getModel(id)?.wantsCopyId ?? []);
  return { bytes, takenBytes: await store.copies.storedBytesWith(running) };
};

/** Nothing is looked at before somebody asks. */
export const createStorage = (deps: StorageDeps): Storage => {
  const { store } = deps;
  const { quietly, soon } = createPatience(deps);
  const walks = createWalks(deps);
  const suggestions = createSuggestions(deps);
  const chatSums = createBelieved(store.storage.chatSums, deps.clock);
  const find = async (hostId: number): Promise<Found | undefined> => {
    const report = await soon(walks.on(hostId).look());
    return report && { hostId, report };
  };

  const viewOf = async (scope: StorageScope, hostId: number, found: Found | undefined): Promise<StorageView> => {
    const isHere = hostId === THIS_HOST;
    const partials = found ? partialsIn(deps, found, scope) : [];
    // Whoever wants to know of each chat asks for it from here: by then it is known.
    if (isHere && scope === 'all') void quietly(chatSums.look());
    return {
      report: found?.report,
      floorBytes: isHere ? deps.minFreeBytes() : 0,
      limit: isHere ? await limitOf(deps) : undefined,
      sum: store.storage.sumStored(chatOf(scope), hostId),
      removedBytes: store.storage.removedBytes(chatOf(scope), hostId),
      chats: scope === 'all' ? store.storage.countChats() : 1,
      partials: { bytes: partials.reduce((sum, { bytes }) => sum + bytes, 0), folders: partials.length },
    };
  };

  return {
    view: async (scope, hostId = THIS_HOST) => viewOf(scope, hostId, await find(hostId)),
    viewAtOnce: (scope) => {
      const report = walks.on(THIS_HOST).known();
      return viewOf(scope, THIS_HOST, report && { hostId: THIS_HOST, report });
    },
    takesLong: () => walks.on(THIS_HOST).known() === undefined && store.storage.hasMoreCopies(FEW_COPIES),
    forget: (hostId = THIS_HOST) => {
      walks.on(hostId).forget();
      chatSums.forget();
    },
    models: createModelList(store),
    chats: async (wanted) => {
      const sums = await soon(chatSums.look());
      if (!sums) return undefined;
      const part = cut(sums, wanted);
      return { ...part, entries: part.entries.map((sum) => ({ ...sum, title: titleOf(store, sum.chatId) })) };
    },
    partials: async (scope, wanted, hostId = THIS_HOST) => {
      const found = await find(hostId);
      if (!found) return undefined;
      const part = cut(partialsIn(deps, found, scope), wanted);
      return { ...part, entries: part.entries.map((share) => withModels(deps, share, { scope, hostId })) };
    },
    unowned: async (wanted, hostId = THIS_HOST) => {
      const found = await find(hostId);
      return found && cut(found.report.unowned, wanted);
    },
    suggestions: async (scope, wanted, hostId = THIS_HOST) => {
      const found = await soon(suggestions.list(hostId, chatOf(scope)));
      return found && cut(found, wanted);
    },
    close: async () => {
      await Promise.all([walks.close(), chatSums.close()]);
    },
  };
};
