import { AppError, type ErrorCode } from '../domain/errors.ts';
import { type CheckState, type CheckTask, type Headers, readHeaders } from './read-headers.ts';
import { goFirst } from './loads/go-first.ts';
import { endWithTheBot } from './with-the-bot.ts';

/** This process → bot. */
export type CheckReply =
  | { readonly kind: 'reading'; readonly state: CheckState }
  | { readonly kind: 'read'; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

const say = (reply: CheckReply): void => void process.send?.(reply);

const answer = async (task: CheckTask): Promise<void> => {
  try {
    say({ kind: 'read', headers: await readHeaders(task, (state) => say({ kind: 'reading', state })) });
  } catch (error) {
    // A fault of ours goes on as one: it ends this process, and whoever waits for it is told.
    if (!(error instanceof AppError)) throw error;
    say({ kind: 'refused', code: error.code, message: error.message });
  }
};

endWithTheBot();
goFirst();
process.once('message', (task) => void answer(task as CheckTask));
