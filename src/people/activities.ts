import { type ActivityMetadata, type ActivityResult, inLog, ITSELF } from '../domain/activity/activity.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';

/** What somebody did, or tried to do. */
export interface Did extends Pick<ActivityMetadata, 'by' | 'said' | 'model' | 'error'> {
  readonly userId: number;
  readonly chatId: number;
  readonly action: string;
  readonly result: ActivityResult;
  /** ISO 8601 */
  readonly at: string;
}

/** Notes that the program has begun, as far as that can be written down. */
export const noteStart = ({ activity }: Pick<Store, 'activity'>, version: string, log: Log): void => {
  try {
    activity.logActivity(ITSELF, 0, 'program_started', { version });
  } catch (error) {
    // A full disk is no reason not to start: there is much to answer without a write.
    log.warn({ err: error }, 'That the program has started could not be noted');
  }
};

/** Writes down what people did, without what is secret of it. In the transaction of the caller, if there is one. */
export const noteActivities = ({ activity }: Pick<Store, 'activity'>, all: readonly Did[]): void => {
  for (const { userId, chatId, action, result, at, said, model, ...rest } of all) {
    const metadata = {
      ...rest,
      ...(said === undefined ? {} : { said: inLog(said) }),
      ...(model && { model: { id: model.id, name: inLog(model.name) } }),
    };
    activity.noteActivity({ userId, chatId, action, result, at, metadata });
  }
};
