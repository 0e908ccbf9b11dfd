import { refuse } from '../../domain/errors.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { isOwner } from '../../people/may.ts';
import type { Store } from '../../store/store.ts';

/** What one person may ask for; owners may ask for anything. */
export interface AddLimits {
  /** Look-ups that have not ended. */
  readonly openLookUps: number;
  /** References given within an hour, whatever came of them. */
  readonly addsPerHour: number;
  /** Models in the libraries of all chats that this person asked for. */
  readonly modelsPerPerson: number;
}

/** Far beyond what a family does, and few enough for one person not to be in everybody's way. */
export const DEFAULT_ADD_LIMITS: AddLimits = { openLookUps: 100, addsPerHour: 500, modelsPerPerson: 5000 };

const HOUR_MS = 3_600_000;

/**
 * @param now milliseconds since the epoch
 * @throws AppError constraint, with what would help
 */
export const checkAddLimits = (
  { addRequests, models, users }: Pick<Store, 'addRequests' | 'models' | 'users'>,
  { openLookUps, addsPerHour, modelsPerPerson }: AddLimits,
  userId: number,
  now: number,
): void => {
  if (isOwner({ users }, userId)) return;
  if (addRequests.openLookUpsOf(userId) >= openLookUps) {
    refuse(`${openLookUps} of your look-ups are not done yet. Add the next one when some of them are.`, 'constraint');
  }
  const oldest = addRequests.nthNewestAdd(userId, addsPerHour);
  const age = oldest === undefined ? HOUR_MS : now - Date.parse(oldest);
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  if (age >= 0 && age < HOUR_MS) {
    const wait = formatDuration(HOUR_MS - age);
    refuse(
      `You have added ${addsPerHour} within an hour, as many as one person may. The next may come in ${wait}.`,
      'constraint',
    );
  }
  if (models.countRequestedBy(userId) >= modelsPerPerson) {
    refuse(
      `${modelsPerPerson} models are here for you, as many as one person may have. Remove some first: /library.`,
      'constraint',
    );
  }
};
