import { AppError } from '../../domain/errors.ts';
import { isCommit } from '../../domain/hashes.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { AdoptionWish } from '../../domain/verification.ts';
import { shorten } from '../../lib/text/shorten.ts';
import type { Store } from '../../store/store.ts';
import type { FoundItem } from '../../store/verifying/adoptions.ts';
import { type Find, type Known, revisionOf } from './finds.ts';
import type { Shown } from './shown.ts';

const itemOf = (find: Find): FoundItem => ({
  repoType: find.type,
  name: find.id,
  commitSha: find.commit,
  revision: revisionOf(find),
  hostId: find.hostId,
});

const notThere = (sentence: string): never => {
  throw new AppError('not_found', sentence);
};

const isSame = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

const isRevision = ({ refs, commit }: Find, wanted: string): boolean =>
  refs.includes(wanted) || commit === wanted || (wanted.length >= 7 && commit.startsWith(wanted));

type Named = Extract<AdoptionWish, { readonly id: string }>;

/** All that is known, of which machines that is, and of which nothing is. */
export interface Everywhere {
  readonly known: readonly Known[];
  /** Their names. */
  readonly of: readonly string[];
  /** Their names. */
  readonly unknown: readonly string[];
}

const onHost = (hostName: string | null | undefined): string => (hostName ? ` on ${hostName}` : '');
/** The same for `/add`. */
const addOn = (hostName: string | null | undefined): string => (hostName ? ` on=${hostName}` : '');

/** Of several commits the one that `main` leads to, or else the newest. */
const oneOf = (found: readonly Known[]): readonly Known[] => {
  const main = found.find(({ refs }) => refs.includes('main'));
  return [main ?? found.toSorted((left, right) => right.changedAt - left.changedAt)[0] ?? []].flat();
};

/** Where nobody has said on which machine: on that of the bot, or on the only one that has something to be taken over. */
const onOne = (found: readonly Known[], id: string): readonly Known[] => {
  const left = found.filter(({ isKept }) => !isKept);
  const machines = new Map((left.length > 0 ? left : found).map(({ hostId, hostName }) => [hostId, hostName]));
  const [[first, firstName] = [THIS_HOST, null]] = machines;
  if (machines.size > 1 && !machines.has(THIS_HOST))
    return notThere(
      `${id} lies on ${shorten([...machines.values()].join(', '), 200)}. Say on which: /adopt ${id}${onHost(firstName)}.`,
    );
  const chosen = machines.has(THIS_HOST) ? THIS_HOST : first;
  return found.filter(({ hostId }) => hostId === chosen);
};

/** What has this name; a name without an owner means the repository of that name, as everywhere. */
const ofName = (known: readonly Known[], { type, id, hostId }: Named): readonly Known[] => {
  const there = known.filter((find) => find.type === type && (hostId === undefined || find.hostId === hostId));
  const exact = there.filter((find) => isSame(find.id, id));
  if (exact.length > 0 || id.includes('/')) return exact;
  const short = there.filter((find) => isSame(find.id.slice(find.id.indexOf('/') + 1), id));
  const names = [...new Set(short.map((find) => find.id))];
  if (names.length > 1)
    return notThere(`Several are called ${id}: ${shorten(names.join(', '), 200)}. Write the whole name.`);
  return short;
};

const named = (store: Pick<Store, 'hosts'>, { known, unknown }: Everywhere, wish: Named): readonly Known[] => {
  const { revision, hostId } = wish;
  const ofRepo = ofName(known, wish);
  const id = ofRepo[0]?.id ?? wish.id;
  if (ofRepo.length === 0) {
    const name = hostId === undefined || hostId === THIS_HOST ? null : store.hosts.getHost(hostId)?.name;
    const silent = unknown.length > 0 ? ` ${shorten(unknown.join(', '), 200)} could not be asked.` : '';
    return notThere(
      `Nothing of ${id} lies in the cache${onHost(name)}. /add ${id}${addOn(name)} would fetch it.${silent}`,
    );
  }
  if (revision === undefined) return oneOf(onOne(ofRepo, id));
  const meant = ofRepo.filter((find) => isRevision(find, revision));
  if (meant.length > 0) return onOne(meant, id).slice(0, 1);
  const there = ofRepo.map((find) => revisionOf(find)).map((one) => (isCommit(one) ? one.slice(0, 7) : one));
  return notThere(
    `Of ${id} the cache has ${shorten(there.join(', '), 200)}, and nothing of “${shorten(revision, 60)}”.`,
  );
};

/** Why it cannot be taken over, and what can be done instead. */
const keptSentence = (
  { models }: Pick<Store, 'models'>,
  { id, type, commit, removedIn, hostId, hostName }: Known,
  chatId: number,
) => {
  const name = `${id}${onHost(hostName)}`;
  if (removedIn === chatId) return `${name} was removed here within the last hour: /undo ${name} brings it back.`;
  if (removedIn !== undefined) return `${name} was removed in another chat, and can be brought back there for an hour.`;
  const isHere = models
    .findModels(chatId, id)
    .some((one) => one.repoType === type && one.commitSha === commit && one.hostId === hostId);
  if (isHere) return `${name} is in this library.`;
  return `A library has ${name} already: /add ${id}${addOn(hostName)} takes it from the disk.`;
};

const MACHINES_LIMIT = 200;

/** @param machines the names of those that were looked through */
const cachesOf = (machines: readonly string[]): string => {
  const last = machines.at(-1);
  if (machines.length < 2 || last === undefined) return 'the cache';
  return `the caches of ${shorten(machines.slice(0, -1).join(', '), MACHINES_LIMIT)} and ${last}`;
};

/** What is said where nothing is left to be taken over. @param machines the names of those that were looked through */
export const nothingLeft = (removed: number, machines: readonly string[]): string => {
  const caches = cachesOf(machines);
  return removed === 0
    ? `Every model in ${caches} is in a library.`
    : `What is in ${caches} is in a library, or was removed within the last hour: /undo brings that back.`;
};

/** How many of these lie there only because their removals can be undone. */
export const removedOf = (all: readonly Known[]): number =>
  all.filter(({ removedIn }) => removedIn !== undefined).length;

/**
 * What of all that is known is meant in this chat.
 * @throws AppError not_found, with a sentence that says what is there instead
 */
export const meantOf = (
  { store, shown }: { readonly store: Pick<Store, 'models' | 'hosts'>; readonly shown: Pick<Shown, 'stillOf'> },
  all: Everywhere,
  wish: AdoptionWish,
  chatId: number,
): FoundItem[] => {
  const { known, of, unknown } = all;
  if ('all' in wish) {
    const there = known.filter(({ hostId }) => wish.hostId === undefined || hostId === wish.hostId);
    const all = there.filter(({ isKept }) => !isKept);
    const left = wish.as === undefined ? all : shown.stillOf(wish.as, all);
    if (!left) return notThere('That list is old, and other things lie there now. /adopt lists them.');
    return left.length > 0 ? left.map(itemOf) : notThere(nothingLeft(removedOf(there), of));
  }
  const [one] = 'key' in wish ? known.filter(({ key }) => key === wish.key) : named(store, all, wish);
  // It has been deleted, or an earlier version of hubgram has made the button, which knew no machines.
  if (!one)
    return notThere(
      unknown.length === 0
        ? 'That list is old: what stood there is not found any more. /adopt lists what lies there now.'
        : `${shorten(unknown.join(', '), 200)} could not be asked what lies there. Try again in a moment.`,
    );
  return one.isKept ? notThere(keptSentence(store, one, chatId)) : [itemOf(one)];
};
