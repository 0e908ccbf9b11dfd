import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AppError, messageOf, refuse } from '../../domain/errors.ts';
import { MODELS_FILE } from '../../domain/moving/models-file.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/error-code.ts';
import type { Log } from '../../lib/log.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { decodeText } from '../../lib/text/decode.ts';
import { startTicker } from '../../lib/ticker.ts';
import type { User } from '../../store/people/users.ts';
import type { Store } from '../../store/store.ts';
import type { Importing } from './importing.ts';

/** A file on this machine whose models belong into the first owner's library. */
export interface MachineFile {
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface MachineFileDeps {
  readonly path: string;
  readonly store: Store;
  readonly importing: Pick<Importing, 'read' | 'plan'>;
  /** How often it looks; a second if not given. */
  readonly lookMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looking costs a question to the disk; on network disks nothing else tells that a file has changed. */
const LOOK_MS = 1000;
/** Whoever writes a file is done when it has not changed for so long. */
const QUIET_MS = 1000;
/** …and when it cannot be read, so much later nobody is expected to go on with it. */
const PATIENCE_MS = 10_000;
const BYTES_MOST = 10_000_000;

interface State extends MachineFileDeps {
  /** What the file looked like at the last look, and since when; by the clock that only goes forward. */
  seen: { readonly look: string; readonly since: number } | undefined;
  /** What it looked like when all was done about it. */
  handled: string | undefined;
  /** What an earlier run has begun to plan is gone: not at the start, since a full disk is no reason not to start. */
  isTidied: boolean;
}

interface Look {
  readonly look: string;
  readonly size: number;
  /** Not a folder, and nothing that would keep whoever reads it. */
  readonly isFile: boolean;
}

/** How a file looks from outside: it is read when that changes. @returns undefined if it is not there */
const lookOf = async (path: string): Promise<Look | undefined> => {
  try {
    const found = await stat(path);
    const { ino, size, mtimeMs } = found;
    const isFile = found.isFile();
    // A folder looks different whenever something changes in it.
    return { look: isFile ? `${ino} ${size} ${mtimeMs}` : `${ino} is no file`, size, isFile };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const textOf = (bytes: Uint8Array): string =>
  decodeText(bytes) ?? refuse(`It is no text. ${MODELS_FILE} is JSON; a plain list of names would do too.`);

/** Nobody has sent it. */
const askedFor = ({ userId }: User) => ({ chatId: userId, userId, threadId: null, messageId: null });

/** Tells the owner once that the file is none; the row is what remembers it. */
const tell = ({ store, log, path }: State, owner: User, digest: string, error: unknown): void => {
  const { imports } = store;
  log.warn({ file: path, err: error }, 'The file with models cannot be read');
  store.atomically(() => {
    const made = imports.createImport({ ...askedFor(owner), digest });
    imports.moveImport(made.id, 'reading', 'failed', { errorMessage: messageOf(error) });
  });
};

/** Why it is not even read; undefined: it is. */
const whyUnread = ({ isFile, size }: Look): string | undefined => {
  if (!isFile) return 'It is no file.';
  return size > BYTES_MOST ? `It is ${formatBytes(size)}, and ${formatBytes(BYTES_MOST)} are read at most.` : undefined;
};

const tellUnread = (state: State, owner: User, digest: string, sentence: string): boolean => {
  if (state.store.imports.latestDigest() !== digest) tell(state, owner, digest, new AppError('validation', sentence));
  return true;
};

/** @returns whether all is done about what the file holds now */
const bringIn = async (state: State, owner: User, isPatient: boolean): Promise<boolean> => {
  const { path, store, importing, log } = state;
  const bytes = await readFile(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (store.imports.latestDigest() === digest) {
    log.debug({ file: path }, 'The file with models says what it said');
    return true;
  }
  try {
    const file = await importing.read(textOf(bytes));
    const made = await importing.plan({ ...askedFor(owner), digest }, file, true);
    // At each start and for each space that somebody adds, nobody wants to hear that nothing is new.
    if (made.state === 'done' && file.refused.length === 0) store.imports.setImportDrawn(made.id, '', true);
    log.info({ file: path, models: file.entries.length, refused: file.refused.length }, 'The file with models is read');
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'validation') throw error;
    if (isPatient) {
      log.debug({ file: path, err: error }, 'The file with models is not whole yet');
      return false;
    }
    tell(state, owner, digest, error);
    return true;
  }
};

/** Who has owned the bot longest. */
const firstOwner = ({ users }: Store): User | undefined =>
  users.owners().toSorted((left, right) => left.createdAt.localeCompare(right.createdAt))[0];

const look = async (state: State): Promise<void> => {
  const { path, store, clock } = state;
  if (!state.isTidied) store.imports.dropUnplanned();
  state.isTidied = true;
  const found = await lookOf(path);
  const owner = firstOwner(store);
  if (!found || found.look === state.handled || !owner) return;
  const now = clock.monotonic();
  if (state.seen?.look !== found.look) state.seen = { look: found.look, since: now };
  const quietMs = now - state.seen.since;
  if (quietMs < QUIET_MS) return;
  const isPatient = quietMs < PATIENCE_MS;
  const unread = whyUnread(found);
  const isDone =
    unread === undefined ? await bringIn(state, owner, isPatient) : tellUnread(state, owner, found.look, unread);
  if (isDone) state.handled = found.look;
};

/**
 * Brings a file of the machine into the first owner's library, at the start and when it changes. What is taken out of the file stays
 * in the library. A file that is not whole yet is waited for; one that stays so is told of once.
 */
export const createMachineFile = (deps: MachineFileDeps): MachineFile => {
  const state: State = { ...deps, seen: undefined, handled: undefined, isTidied: false };
  const { lookMs = LOOK_MS, clock, log, path } = deps;
  let ticker: ReturnType<typeof startTicker> | undefined;
  return {
    start: () => {
      ticker = startTicker(
        lookMs,
        () => look(state),
        (error) => log.error({ err: error, file: path }, 'The file with models could not be looked at'),
        clock,
      );
      ticker.poke();
    },
    close: async () => {
      await ticker?.close();
    },
  };
};
