import type { Transformer } from 'grammy';
import type { Store } from '../../store/store.ts';

/** What Telegram is told, or told to forget, is on the disk before: no power cut makes it untrue. */
export const writtenFirst =
  ({ flushed }: Pick<Store, 'flushed'>): Transformer =>
  async (call, method, payload, signal) => {
    await flushed();
    return call(method, payload, signal);
  };
