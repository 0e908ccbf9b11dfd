import type { Limits } from '../../src/domain/quotas/quota.ts';
import { systemClock, type WallClock } from '../../src/lib/clock.ts';
import { createQuotas, type Quotas } from '../../src/people/quotas.ts';
import type { Store } from '../../src/store/store.ts';

/** As much as there is of everything. */
const UNLIMITED: Limits = { models: undefined, bytes: undefined, running: undefined, adds_per_hour: undefined };

/** What is usual; may be changed. */
export interface Usual {
  person?: Partial<Limits>;
  group?: Partial<Limits>;
}

/** Quotas over a database; what is not told has no limit. */
export const openQuotas = (store: Store, usual: Usual = {}, clock: WallClock = systemClock): Quotas =>
  createQuotas({
    store,
    clock,
    defaults: () => ({ person: { ...UNLIMITED, ...usual.person }, group: { ...UNLIMITED, ...usual.group } }),
  });

/** For rooms in which nobody asks for too much. */
export const noLimits = (store: Store) => ({ quotas: openQuotas(store), openLookUps: () => undefined });
