import type { Store } from '../../src/store/store.ts';
import type { Activity } from '../../src/store/people/activity-log.ts';
import type { Known } from '../../src/store/people/people-lists.ts';

/** What was done last, newest first. */
export const recentActivity = ({ activity }: Pick<Store, 'activity'>, most: number): readonly Activity[] =>
  activity.sliceOf({ filter: {}, since: '', direction: 'older', from: undefined, look: most, most }).found;

/** All that are known, people and groups, and how they stand. */
export const everybody = ({ users }: Pick<Store, 'users'>): readonly Known[] =>
  (['in', 'unknown', 'denied'] as const).flatMap((filter) => users.listKnown(filter, { limit: 1000, offset: 0 }));
