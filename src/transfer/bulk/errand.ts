import { hash } from 'node:crypto';
import { close, open, rename, unlink, write } from 'node:fs';
import type { FoundFile } from '../../domain/repo/finding.ts';
import { isNamedByGit } from '../files/blob-hash.ts';
import type { Head } from '../http/head.ts';
import { type Asker, type BulkConnections, type BulkQuestion, PREFIX_BYTES } from './connections.ts';
import type { BulkFile, BulkJob } from './job.ts';
import type { Memories } from './memories.ts';

/** A file that one is after, and who wants it. */
export interface Wanted {
  readonly job: BulkJob<unknown>;
  /** As the job calls it. */
  readonly file: unknown;
  readonly about: BulkFile;
}

export interface ErrandParts {
  readonly connections: BulkConnections;
  readonly memories: Memories;
  /** Told of all that comes of files, in bytes. */
  readonly onReceived: (bytes: number) => void;
  /** No connection has to do with it any more. Then, later, `onOver`. @param isWhole it has come, and is what its name says */
  readonly onCome: (errand: Errand, isWhole: boolean) => void;
  /** The errand may be sent for another file. */
  readonly onOver: (errand: Errand, outcome: Outcome) => void;
}

/** `there`: it lies at its place, verified; `left`: it did not come; `unwell`: nor will others, as long as its server is not well; `refused`: nor will they before a while is over. */
export type Outcome = 'there' | 'left' | 'unwell' | 'refused';

/** One file after the other: asked for, received, compared with its name, and put into its place. Nothing is made for each but what it takes. */
export interface Errand {
  /** What it is after, if anything. */
  readonly wanted: () => Wanted | undefined;
  readonly begin: (wanted: Wanted) => void;
  /** Nobody wants it any more: what a connection still brings is not waited for. What is being written is. */
  readonly giveUp: () => void;
}

/** What a server says of the bytes that it sends, as far as that is plain: all of the file, as it is. */
const isPlain = ({ status, headers, length }: Head, size: number): boolean => {
  if (length !== size || (headers.get('content-encoding') ?? 'identity') !== 'identity') return false;
  if (status !== 206) return status === 200;
  const [, end, total] = /^bytes 0-(\d+)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  return Number(end) === size - 1 && (total === '*' || Number(total) === size);
};

/** Of a body that lies behind the room for a prefix. */
const digestOf = (memory: Buffer, { etag, size }: BulkFile): string => {
  const to = PREFIX_BYTES + size;
  if (!isNamedByGit(etag)) return hash('sha256', memory.subarray(PREFIX_BYTES, to), 'hex');
  const prefix = `blob ${size}\0`;
  const from = PREFIX_BYTES - prefix.length;
  memory.write(prefix, from, 'latin1');
  return hash('sha1', memory.subarray(from, to), 'hex');
};

/** Puts what has come into its place, under another name first. */
const createPutting = (onEnd: (outcome: Outcome) => void) => {
  let memory: Buffer;
  let about: BulkFile;
  let file = 0;
  let at = 0;
  const fail = (): void => unlink(about.temporary, () => onEnd('left'));
  const onRenamed = (error: Error | null): void => (error ? fail() : onEnd('there'));
  const onClosed = (error?: Error | null): void =>
    error ? fail() : rename(about.temporary, about.finalPath, onRenamed);
  const goOn = (): void => {
    const end = PREFIX_BYTES + about.size;
    if (at === end) close(file, onClosed);
    else write(file, memory, at, end - at, null, onWritten);
  };
  const onWritten = (error: Error | null, written: number): void => {
    at += written;
    if (error) close(file, fail);
    else goOn();
  };
  const onOpened = (error: Error | null, opened: number): void => {
    if (error) return onEnd('left');
    file = opened;
    goOn();
  };
  return (body: Buffer, of: BulkFile): void => {
    memory = body;
    about = of;
    at = PREFIX_BYTES;
    // `wx`: a link that somebody put there must not lead the bytes elsewhere.
    open(about.temporary, 'wx', 0o666, onOpened);
  };
};

interface ErrandState extends ErrandParts {
  wanted: Wanted | undefined;
  /** What was asked last, while a connection has to do with it. */
  question: BulkQuestion | undefined;
  /** Where it was found. */
  found: FoundFile | undefined;
  memory: Buffer | undefined;
  /** The source has answered where it is: the budget knows. */
  isAnswered: boolean;
  /** A kept connection was closed at the moment of the request, which is nobody's fault once. */
  isRepeated: boolean;
  /** What becomes of it if it does not come. */
  without: Exclude<Outcome, 'there'>;
  readonly errand: Errand;
  readonly asker: Asker;
  readonly put: (body: Buffer, of: BulkFile) => void;
}

const ask = (state: ErrandState, question: BulkQuestion): void => {
  state.question = question;
  state.connections.ask(question, state.asker);
};

const over = (state: ErrandState, outcome: Outcome): void => {
  if (state.memory) state.memories.giveBack(state.memory);
  state.memory = undefined;
  state.onOver(state.errand, outcome);
};

/** No connection brings it. */
const leave = (state: ErrandState): void => {
  state.question = undefined;
  state.onCome(state.errand, false);
  over(state, state.without);
};

/** The same before an answer has come whole. @param isGivenUp nobody wants it any more */
const leaveWithout = (state: ErrandState, isGivenUp: boolean): void => {
  const { wanted, question, isAnswered } = state;
  if (!isAnswered && wanted && question) wanted.job.finding.broke(question.target, isGivenUp);
  leave(state);
};

const withoutIt = (status: number): ErrandState['without'] => {
  if (status === 429) return 'refused';
  return status >= 500 ? 'unwell' : 'left';
};

const onHead = (state: ErrandState, head: Head): Buffer | undefined => {
  const { wanted } = state;
  if (!wanted) return undefined;
  const { job, about } = wanted;
  state.without = withoutIt(head.status);
  if (state.found) {
    if (isPlain(head, about.size)) state.memory = state.memories.take(about.size);
    return state.memory;
  }
  const found = job.finding.end(state.question?.target ?? '', head.status, (name) => head.headers.get(name));
  state.isAnswered = true;
  const isIt = found?.etag === about.etag && (found.size === undefined || found.size === about.size);
  if (isIt) state.found = found;
  return undefined;
};

const onWhole = (state: ErrandState): void => {
  const { wanted, found, memory } = state;
  if (!wanted || !found) return leave(state);
  if (memory) {
    if (digestOf(memory, wanted.about) !== wanted.about.etag) return leave(state);
    state.question = undefined;
    state.put(memory, wanted.about);
    state.onCome(state.errand, true);
  } else if (state.question?.bytes === 0) {
    state.isRepeated = false;
    ask(state, { origin: found.origin, target: found.target, headers: found.headers, bytes: wanted.about.size });
  } else leave(state);
};

const onBroken = (state: ErrandState, isClosed: boolean): void => {
  const { question } = state;
  if (isClosed && question && !state.isRepeated) {
    state.isRepeated = true;
    ask(state, question);
    return;
  }
  leaveWithout(state, false);
};

/** One that is after nothing yet. */
export const createErrand = (parts: ErrandParts): Errand => {
  const errand: Errand = {
    wanted: () => state.wanted,
    begin: (wanted) => {
      const { finding } = wanted.job;
      state.wanted = wanted;
      state.found = undefined;
      state.isAnswered = false;
      state.isRepeated = false;
      const target = finding.begin(wanted.about.path);
      state.without = target === undefined ? 'refused' : 'left';
      if (target === undefined) leave(state);
      else ask(state, { origin: finding.origin, target, headers: finding.headers(), bytes: 0 });
    },
    giveUp: () => {
      if (!state.question) return;
      state.connections.drop(state.asker);
      leaveWithout(state, true);
    },
  };
  const state: ErrandState = {
    ...parts,
    wanted: undefined,
    question: undefined,
    found: undefined,
    memory: undefined,
    isAnswered: false,
    isRepeated: false,
    without: 'left',
    errand,
    asker: {
      onHead: (head) => onHead(state, head),
      onBytes: (bytes) => {
        state.onReceived(bytes);
        state.wanted?.job.received(bytes);
      },
      onWhole: () => onWhole(state),
      onBroken: (isClosed) => onBroken(state, isClosed),
    },
    put: createPutting((outcome) => over(state, outcome)),
  };
  return errand;
};
