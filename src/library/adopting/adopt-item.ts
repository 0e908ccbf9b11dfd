import type { ShownFile } from '../../cache/shown-files.ts';
import type { RunningVerify, Verdict } from '../../copies/executor.ts';
import { categoryOf } from '../../domain/category.ts';
import { AppError } from '../../domain/errors.ts';
import { type Adoptable, adoptables } from '../../domain/files/adoptable.ts';
import { selectFromList } from '../../domain/files/listing-thread.ts';
import { aboutOf } from '../../domain/files/loads/about.ts';
import { DEFAULT_SELECTION, selectionKey } from '../../domain/files/selection.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoListing } from '../../domain/listing.ts';
import { formatRepoRef, repoFolderName } from '../../domain/repo/repo.ts';
import { findingOf } from '../../domain/verification.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Source } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';
import type { FoundItem } from '../../store/verifying/adoptions.ts';
import type { Verification, WaitingItem } from '../../store/verifying/verifications.ts';
import type { ItemOutcome, ReadItem } from '../verifying/item-reading.ts';
import { type Listed, listedAs } from './listed.ts';

export interface AdoptItemDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'shownFiles' | 'readFiles' | 'noteWhoMadeIt' | 'adopt'>;
  readonly source: Pick<Source, 'inspect'>;
}

interface Adopting extends AdoptItemDeps {
  readonly verification: Verification;
  /** It is the only one that was asked for: then its card is shown, too. */
  readonly isAlone: boolean;
  readonly item: FoundItem;
  readonly repoFolder: string;
  readonly signal: AbortSignal;
  readonly watch: (running: RunningVerify) => void;
}

interface Shown {
  readonly snapshotPath: string;
  readonly files: readonly ShownFile[];
}

/**
 * No disk holds more of one repository. Sizes are told by the machine that it lies on: of some more they would sum up to what no number
 * of SQLite holds (2^63), and every sum over all copies would fail.
 */
const SNAPSHOT_MOST_BYTES = 1e15;

const LEFT_OUT: ItemOutcome = { to: 'left_out' };

const shownOf = async ({ queue, repoFolder, item, signal }: Adopting): Promise<Shown> => {
  const files: ShownFile[] = [];
  let snapshotPath = '';
  for await (const slice of queue.shownFiles(item.hostId, { repoFolder, commit: item.commitSha }, signal)) {
    ({ snapshotPath } = slice);
    files.push(...slice.files);
  }
  signal.throwIfAborted();
  if (files.length === 0) throw new AppError('not_found', 'It is not in the cache any more.');
  if (files.reduce((sum, { size }) => sum + size, 0) > SNAPSHOT_MOST_BYTES)
    throw new AppError('integrity', 'Its files are said to be larger than any disk, and are not believed.');
  return { snapshotPath, files };
};

/** What of it lies there, told as somebody could have asked for it. */
const candidatesOf = async (
  listing: RepoListing,
  { files }: Shown,
  signal: AbortSignal,
): Promise<readonly Adoptable[]> => {
  const usual = await selectFromList(listing, DEFAULT_SELECTION, signal);
  if (usual.kind === 'unsafe') throw new AppError('integrity', 'It holds files that cannot be stored here.');
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const there = new Set(listing.files.flatMap(({ path, size }) => (sizes.get(path) === size ? [path] : [])));
  return adoptables(listing, usual, there);
};

/** As `/add` takes it, for the rest. */
const restOf = ({ item }: Adopting, { revision }: Listed, { selection }: Adoptable): string => {
  const { quantize } = selection;
  return formatRepoRef({
    type: item.repoType,
    id: item.name,
    ...(revision === 'main' ? {} : { revision }),
    ...(quantize === 'auto' ? {} : { tag: quantize }),
  });
};

const faulty = (
  adopting: Adopting,
  listed: Listed,
  candidate: Adoptable,
  { missing, broken }: Verdict,
): ItemOutcome => {
  const { files } = candidate;
  const isFaulty = new Set([...missing, ...broken]);
  const missingBytes = files.reduce((sum, { path, size }) => sum + (isFaulty.has(path) ? size : 0), 0);
  const { byNames } = listed;
  const more = {
    missingBytes,
    rest: restOf(adopting, listed, candidate),
    ...(byNames === undefined ? {} : { byNames }),
  };
  return { to: 'incomplete', result: { files: files.length, finding: findingOf(missing, broken, more) } };
};

/** Whose it is by now: reading takes its time, and a group may have become a supergroup meanwhile. */
const wishNow = ({ store, verification }: Adopting): Verification =>
  store.verifications.getVerification(verification.id) ?? verification;

/** By which revision it can be in the chat's library; undefined if it is there already. */
const revisionFor = (adopting: Adopting, selection: string): string | undefined => {
  const { store, item } = adopting;
  const there = store.models
    .findModels(wishNow(adopting).chatId, item.name)
    .filter(
      (model) => model.repoType === item.repoType && model.selection === selection && model.hostId === item.hostId,
    );
  return [item.revision, item.commitSha].find((revision) => !there.some((model) => model.revision === revision));
};

/** No more lies on another machine than its disk holds, as far as it has said that itself. @throws AppError integrity */
const checkRoom = async ({ store, item: { hostId } }: Adopting, copyId: number, sizeBytes: number): Promise<void> => {
  const { totalBytes, name } = store.hosts.getHost(hostId) ?? {};
  if (hostId === THIS_HOST || typeof totalBytes !== 'number') return;
  // What several copies share is told apart only where it matters.
  if (store.hosts.bytesOnHost(hostId) + sizeBytes <= totalBytes) return;
  if ((await store.copies.storedBytesWith([copyId], hostId)) > totalBytes)
    throw new AppError('integrity', `With this, more would lie on ${name} than its disk holds: it is not believed.`);
};

/** Makes a model of it, complete at once. @returns its number; undefined if the library has it */
const take = async (
  adopting: Adopting,
  { listing }: Listed,
  { selection, files, sizeBytes }: Adoptable,
  snapshotPath: string,
): Promise<number | undefined> => {
  const { store, queue, isAlone, item, signal } = adopting;
  const { repoType, name, commitSha, hostId } = item;
  const key = selectionKey(selection);
  const held = await store.copies.list(
    { repoType, name, commitSha, selection: key, hostId },
    { files, sizeBytes },
    signal,
  );
  try {
    await checkRoom(adopting, held.copyId, sizeBytes);
    await queue.noteWhoMadeIt(held.copyId, files);
    return store.atomically(() => {
      const { chatId, userId, threadId, messageId } = wishNow(adopting);
      const revision = revisionFor(adopting, key);
      if (revision === undefined) return undefined;
      const { id } = store.models.createModel({
        chatId,
        name,
        repoType,
        hostId,
        revision,
        selection: key,
        sizeBytes,
        commitSha,
        canonicalName: listing.canonicalId,
        requestedBy: userId,
        category: categoryOf(listing.pipelineTag),
        metadata: { gated: listing.gated !== false, private: listing.private, ...aboutOf(listing) },
        ...(listing.license === undefined ? {} : { license: listing.license }),
        files,
      });
      queue.adopt(id, snapshotPath);
      if (isAlone) store.cards.putCard({ modelId: id, chatId, threadId, messageId: null, replyTo: messageId });
      return id;
    });
  } finally {
    held.letGo();
  }
};

const takeOne = async (
  adopting: Adopting,
  shown: Shown,
  listed: Listed,
  candidate: Adoptable,
): Promise<ItemOutcome> => {
  const { queue, repoFolder, item, signal, watch } = adopting;
  const { files, missing } = candidate;
  // Nobody has to wait for a reading to learn that something is not there.
  if (missing.length > 0) {
    return faulty(adopting, listed, candidate, { missing: missing.map(({ path }) => path), broken: [] });
  }
  const running = queue.readFiles(item.hostId, { repoFolder, commit: item.commitSha, files }, signal);
  watch(running);
  const verdict = await running.done;
  if (verdict.missing.length + verdict.broken.length > 0) return faulty(adopting, listed, candidate, verdict);
  const modelId = await take(adopting, listed, candidate, shown.snapshotPath);
  if (modelId === undefined) return LEFT_OUT;
  const { byNames } = listed;
  const finding = byNames === undefined ? {} : { finding: findingOf([], [], { byNames }) };
  return { to: 'adopted', result: { modelId, files: files.length, bytes: running.state().bytesDone, ...finding } };
};

/** What became of several of one repository, as one. */
const together = (outcomes: readonly ItemOutcome[]): ItemOutcome => {
  const adopted = outcomes.filter(({ to }) => to === 'adopted');
  const [first] = adopted.length > 0 ? adopted : outcomes;
  if (!first || adopted.length < 2) return first ?? LEFT_OUT;
  const sum = (of: 'files' | 'bytes'): number => adopted.reduce((total, { result }) => total + (result?.[of] ?? 0), 0);
  return { to: 'adopted', result: { ...first.result, files: sum('files'), bytes: sum('bytes') } };
};

const adopt = async (adopting: Adopting): Promise<ItemOutcome> => {
  const { store, source, item, verification, signal } = adopting;
  const { repoType, name, commitSha, hostId } = item;
  if (store.copies.commitsKept({ repoType, name, hostId }).includes(commitSha)) {
    // The program may have ended between taking it and writing that down.
    const model = store.models
      .findModels(verification.chatId, name)
      .find(
        (one) =>
          one.repoType === repoType &&
          one.hostId === hostId &&
          one.commitSha === commitSha &&
          one.status === 'completed',
      );
    return model ? { to: 'adopted', result: { modelId: model.id, bytes: model.sizeBytes ?? 0 } } : LEFT_OUT;
  }
  const shown = await shownOf(adopting);
  const listed = await listedAs(source, item, shown.files, signal);
  const outcomes: ItemOutcome[] = [];
  for (const candidate of await candidatesOf(listed.listing, shown, signal)) {
    outcomes.push(await takeOne(adopting, shown, listed, candidate));
  }
  return together(outcomes);
};

/** Takes what lies in the cache into a library, after it was read. Nothing is fetched. */
export const createAdoptItem =
  (deps: AdoptItemDeps): ReadItem =>
  (waiting, signal) => {
    let running: RunningVerify | undefined;
    const watch = (one: RunningVerify): void => {
      running = one;
    };
    const begin = async (): Promise<ItemOutcome> => adopt(about(deps, waiting, signal, watch));
    return { state: () => running?.state(), done: begin() };
  };

const about = (
  deps: AdoptItemDeps,
  { verificationId, repoType, name, commitSha, revision, hostId }: WaitingItem,
  signal: AbortSignal,
  watch: Adopting['watch'],
): Adopting => {
  const verification = deps.store.verifications.getVerification(verificationId);
  if (!verification || repoType === null || name === null || commitSha === null)
    throw new Error('an item that nobody has asked for');
  const item = { repoType, name, commitSha, revision: revision ?? commitSha, hostId: hostId ?? THIS_HOST };
  const isAlone = deps.store.verifications.countItems(verificationId) === 1;
  return {
    ...deps,
    verification,
    isAlone,
    item,
    repoFolder: repoFolderName({ type: repoType, id: name }),
    signal,
    watch,
  };
};
