import { parentPort } from 'node:worker_threads';
import Database from 'better-sqlite3';

/** Main → worker: the database to do it for. */
export interface CheckpointRequest {
  readonly path: string;
}

/** Worker → main: it is done as far as it could be, or why not. */
export interface CheckpointReply {
  readonly error?: string;
}

/** What is committed meanwhile is left behind by one go, and little by the next. */
const GOES_MOST = 3;

interface Progress {
  readonly log: number;
  readonly checkpointed: number;
}

const checkpoint = ({ path }: CheckpointRequest): void => {
  const db = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    for (let go = 0; go < GOES_MOST; go += 1) {
      // PASSIVE: nobody is kept from reading or writing.
      const [progress] = db.pragma('wal_checkpoint(PASSIVE)') as readonly [Progress];
      if (progress.checkpointed >= progress.log) return;
    }
  } finally {
    db.close();
  }
};

const answer = (request: CheckpointRequest): CheckpointReply => {
  try {
    checkpoint(request);
    return {};
  } catch (error) {
    return { error: String(error) };
  }
};

parentPort?.on('message', (request: CheckpointRequest) => parentPort?.postMessage(answer(request)));
