import { refuse } from '../../domain/errors.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RepoListing } from '../../domain/listing.ts';
import type { Memory } from '../../domain/memory.ts';
import type { Picker } from '../../domain/repo/add-choices.ts';
import type { Space, SpaceForecast } from '../../queue/space-forecast.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import type { Store } from '../../store/store.ts';
import { modelIn } from '../find.ts';
import { hostNamed } from './find-host.ts';
import { optionsOf } from '../adding/request-selection.ts';

/** The machine that a model is to lie on. */
export interface TargetHost {
  readonly hostId: number;
  /** Somebody has said so; else another one on which the chat has the model already is as good. */
  readonly isSaid: boolean;
}

interface TargetDeps {
  readonly store: Store;
  readonly settings: Pick<Settings, 'chat'>;
}

/**
 * Where a request means: where it says so, else what is usual in its chat. What changes a model stays where that lies, unless it moves.
 * @throws AppError validation: an owner has let that machine go meanwhile
 */
export const targetHostOf = ({ store, settings }: TargetDeps, request: AddRequest): TargetHost => {
  const { hostId, replaces } = optionsOf(request);
  const model = replaces === undefined ? undefined : modelIn(store, request.chatId, replaces);
  if (hostId !== undefined) {
    const host = store.hosts.getHost(hostId);
    if (host?.state !== 'joined') refuse(`The machine ${host?.name ?? 'that was named'} is none of mine any more.`);
    return { hostId, isSaid: true };
  }
  if (model) return { hostId: model.hostId, isSaid: true };
  const usual = settings.chat(request.chatId, request.userId).default_host;
  const host = usual === undefined ? undefined : hostNamed(store, usual);
  return { hostId: host?.id ?? THIS_HOST, isSaid: false };
};

export interface FitsDeps extends TargetDeps {
  readonly settings: Pick<Settings, 'chat' | 'system'>;
  readonly queue: { readonly memory: () => Promise<Memory> };
  /** What is free on a host, this machine unless told. */
  readonly spaceFor: (...of: [...Parameters<SpaceForecast['spaceFor']>, hostId?: number]) => Promise<Space>;
}

/**
 * The machine on which one of several has to fit, as its picker keeps it; of another one than the bot's what that has said last.
 * What is to stay free on the disk of the bot's is not free for any of them.
 */
export const fitsWhere = async (
  deps: FitsDeps,
  request: AddRequest,
  listing: RepoListing,
): Promise<Pick<Picker, 'freeBytes' | 'keptBytes' | 'memory' | 'target'>> => {
  const target = targetHostOf(deps, request);
  const host = target.hostId === THIS_HOST ? undefined : deps.store.hosts.getHost(target.hostId);
  const [{ freeBytes }, memory] = await Promise.all([
    deps.spaceFor(listing, [], target.hostId),
    host ? host.memory : deps.queue.memory(),
  ]);
  const kept = host ? 0 : deps.settings.system.min_free_space;
  return {
    freeBytes: freeBytes - kept,
    keptBytes: kept,
    ...(memory ? { memory } : {}),
    ...(host ? { target: { ...target, name: host.name } } : {}),
  };
};
