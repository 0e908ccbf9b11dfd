import { AppError } from '../errors.ts';

export const SESSION_STATUSES = ['started', 'in_progress', 'completed', 'failed', 'cancelled'] as const;

/** One attempt chain for a model: automatic retries count up inside it, a person's retry opens a new one. */
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/**
 * Which status may follow which. Ended sessions are history, save that a person may dismiss a failure once
 * (failed → cancelled), before the model's next session. A session that has not begun to transfer can end too, but not
 * well. `in_progress` may follow itself: that is progress.
 */
export const SESSION_MOVES: Readonly<Record<SessionStatus, readonly SessionStatus[]>> = {
  started: ['in_progress', 'failed', 'cancelled'],
  in_progress: ['in_progress', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['cancelled'],
  cancelled: [],
};

/** Whether nothing happens in a session any more. */
export const isEnded = (status: SessionStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/** @throws AppError state_transition that says what is wrong with it */
export const assertSessionMove = (from: SessionStatus, to: SessionStatus): void => {
  if (SESSION_MOVES[from].includes(to)) return;
  throw new AppError(
    'state_transition',
    isEnded(from)
      ? `This download session has ended as ${from}; it cannot become ${to}.`
      : `A download session cannot go from ${from} to ${to}; it could become ${SESSION_MOVES[from].join(' or ')}.`,
  );
};
