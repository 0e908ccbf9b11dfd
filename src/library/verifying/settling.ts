import type { WallClock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { WaitingItem } from '../../store/verifying/verifications.ts';
import type { ItemOutcome } from './item-reading.ts';

/** What was asked for so long ago is told by a sound: nobody looks at its message any more. */
const LONG_MS = 60_000;

interface SettlingDeps {
  readonly store: Store;
  readonly clock: WallClock;
}

/** Whether its end is worth a message of its own, besides the one that showed how far it was. */
const isNews = ({ store, clock }: SettlingDeps, id: number): boolean => {
  const age = clock.now() - Date.parse(store.verifications.getVerification(id)?.createdAt ?? '');
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  return age >= LONG_MS || age < 0;
};

/** What the log says of it, and how loudly. */
const SENTENCES: Readonly<Record<ItemOutcome['to'], readonly ['info' | 'warn', string]>> = {
  right: ['info', 'A copy was read again, and is right'],
  mending: ['warn', 'A copy was read again: what is damaged or missing of it is fetched anew'],
  left_out: ['info', 'A copy was not read again: nobody has it any more'],
  refused: ['warn', 'A copy could not be read again'],
  adopted: ['info', 'What lay in the cache has become a model'],
  incomplete: ['info', 'What lay in the cache is not whole, and was left there'],
};

/** Logs what became of one. */
export const tell = (log: Log, item: WaitingItem, { to, result }: ItemOutcome): void => {
  const { id, verificationId: verification, copyId: copy, chatId: chat } = item;
  const { modelId: model, files, bytes, tookMs, finding } = result ?? {};
  const [level, sentence] = SENTENCES[to];
  log[level]({ item: id, verification, copy, chat, model, files, bytes, tookMs, finding }, sentence);
};

/** What became of one, and of the whole if it was the last. */
export const settle = (
  deps: SettlingDeps,
  { id, verificationId, chatId, purpose }: WaitingItem,
  { to, result }: ItemOutcome,
): void =>
  deps.store.atomically(() => {
    const { verifications, outbox, users } = deps.store;
    if (!verifications.settleItem(id, to, result)) return;
    if (verifications.itemsIn(verificationId, ['waiting'], 1).length > 0) return;
    if (!verifications.moveVerification(verificationId, 'reading', 'done')) return;
    // A group may have become a supergroup while it was read.
    const { chatId: asked = chatId } = verifications.getVerification(verificationId) ?? {};
    const listeners = purpose === 'round' ? users.owners().map(({ userId }) => userId) : [asked];
    if (purpose !== 'round' && !isNews(deps, verificationId)) return;
    for (const listener of listeners)
      outbox.addNotice({ chatId: listener, kind: 'verified', payload: { verificationId } });
  });
