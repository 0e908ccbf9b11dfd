import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import type { HostAway } from '../../domain/waiting.ts';
import type { ItemState } from '../../domain/verification.ts';
import type { VerifyState } from '../../copies/executor.ts';
import { isOwner } from '../../people/may.ts';
import type { Store } from '../../store/store.ts';
import type { Verification, VerificationItem } from '../../store/verifying/verifications.ts';
import type { Verifying } from './verifying.ts';

/** A copy of a verification, with the model of the chat that has it, if it still does. */
export interface ItemView {
  readonly item: VerificationItem;
  readonly model: Model | undefined;
  /** The other machine that it lies on, while it is no model; null: that of the bot. */
  readonly hostName: string | null;
}

/** Everything that is to be seen of a verification. */
export interface VerificationView {
  readonly verification: Verification;
  readonly items: number;
  readonly count: (state: ItemState) => number;
  /** Of those that are right, or were taken over. */
  readonly rightFiles: number;
  /** Of all that was read. */
  readonly bytes: number;
  readonly tookMs: number;
  /** Set if it is about one. */
  readonly only: ItemView | undefined;
  /** What is read at this moment; undefined if it waits for its turn. */
  readonly reading: (ItemView & { readonly state: VerifyState | undefined }) | undefined;
  /** What all that is left of it waits for: machines that are not heard of. None: it waits for its turn, or is read. */
  readonly awaits: readonly HostAway[];
  /** The first few that are not as they should be. */
  readonly faulty: readonly ItemView[];
}

const isElsewhere = (item: VerificationItem): item is VerificationItem & { readonly hostId: number } =>
  item.hostId !== null && item.hostId !== THIS_HOST;

/** More are counted only: a longer list nobody reads on a phone. */
const FAULTY_SHOWN = 10;

const FAULTS: readonly ItemState[] = ['mending', 'refused', 'incomplete'];
const RIGHT: readonly ItemState[] = ['right', 'adopted'];
const ANY: readonly ItemState[] = ['waiting', 'right', 'mending', 'left_out', 'refused', 'adopted', 'incomplete'];

export interface VerificationViewDeps {
  readonly store: Store;
  readonly verifying: Pick<Verifying, 'progress' | 'awaits'>;
}

/** A verification as it is right now. */
export const verificationView = (
  { store, verifying }: VerificationViewDeps,
  verification: Verification,
): VerificationView => {
  const { id } = verification;
  const sums = store.verifications.sumItems(id);
  const total = (of: 'items' | 'bytes' | 'tookMs'): number => sums.reduce((sum, one) => sum + one[of], 0);
  const viewOf = (item: VerificationItem): ItemView => ({
    item,
    model: item.modelId === null ? undefined : store.models.getModel(item.modelId),
    hostName: (isElsewhere(item) && store.hosts.getHost(item.hostId)?.name) || null,
  });
  const items = total('items');
  const progress = verifying.progress(id);
  const read = progress && store.verifications.itemOf(id, progress.itemId);
  const current = read?.state === 'waiting' ? { ...viewOf(read), state: progress?.state } : undefined;
  const first = items === 1 ? store.verifications.itemsIn(id, ANY, 1)[0] : undefined;
  return {
    verification,
    items,
    count: (state) => sums.find((sum) => sum.state === state)?.items ?? 0,
    rightFiles: sums.reduce((sum, one) => sum + (RIGHT.includes(one.state) ? one.files : 0), 0),
    bytes: total('bytes'),
    tookMs: total('tookMs'),
    only: first && viewOf(first),
    reading: current,
    awaits: current || verification.state !== 'reading' ? [] : verifying.awaits(id),
    faulty: store.verifications.itemsIn(id, FAULTS, FAULTY_SHOWN).map(viewOf),
  };
};

/** The reading of everything with this number, for an owner in a chat of their own. */
export const roundFor = (store: Store, ownerId: number, id: number): Verification | undefined => {
  const verification = store.verifications.getVerification(id);
  return verification?.purpose === 'round' && isOwner(store, ownerId) ? verification : undefined;
};

/** The verification with this number, if it is one of this chat. */
export const verificationIn = (
  { verifications }: Store,
  chatId: number | undefined,
  id: number,
): Verification | undefined => {
  const verification = verifications.getVerification(id);
  return verification?.chatId === chatId ? verification : undefined;
};
