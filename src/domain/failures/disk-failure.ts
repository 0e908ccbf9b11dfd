import { dirname } from 'node:path';
import { codeOf } from '../../lib/error-code.ts';
import { hasNoMoreInodes } from '../../lib/inodes.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { table } from '../../lib/table.ts';

const textOf = (error: unknown, key: 'path' | 'syscall'): string | undefined => {
  const value = error instanceof Error ? (error as unknown as Readonly<Record<string, unknown>>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

/** The call that failed, and where. */
interface Failed {
  readonly syscall: string | undefined;
  readonly folder: string;
}

type Kind = readonly [ErrorCode, (failed: Failed) => string];

const notAllowed = ({ syscall, folder }: Failed): string => {
  if (syscall === 'symlink') return `The disk with ${folder} does not hold symbolic links.`;
  if (syscall === 'link') return `The disk with ${folder} does not hold hard links.`;
  // Not a matter of permissions: the system has another word for those.
  return `The system keeps everybody from changing what is in ${folder}: it may be marked as immutable.`;
};

const gone = ({ folder }: Failed): string =>
  `${folder} is not there any more: something has removed it, or its disk was taken away.`;

const silent = ({ folder }: Failed): string => `The disk with ${folder} does not answer.`;

const inTheWay = ({ folder }: Failed): string => `In ${folder} something lies where a folder must be.`;

/** Files that failed beside this one, and gave theirs back before the disk is asked why: as many as come at once. */
const GIVEN_BACK = 128;

/** Each code with its cause, as far as there is one. What time may mend is told apart from what a person has to mend. */
const DISK = table<Kind>({
  ENOSPC: [
    'no_space',
    ({ folder }) =>
      hasNoMoreInodes(folder, GIVEN_BACK)
        ? `The disk with ${folder} takes no more files, though it may have room for bytes: its inodes are used up.`
        : 'The disk is full.',
  ],
  EDQUOT: ['no_space', ({ folder }) => `hubgram’s user has used up its quota on the disk with ${folder}.`],
  EACCES: ['operational', ({ folder }) => `hubgram may not write to ${folder}. Check its owner and permissions.`],
  EPERM: ['operational', notAllowed],
  EROFS: ['operational', ({ folder }) => `The disk with ${folder} is mounted read-only.`],
  ENOENT: ['changed', gone],
  ESTALE: ['changed', gone],
  ENODEV: ['changed', gone],
  ENXIO: ['changed', gone],
  ENOTCONN: ['unavailable', silent],
  EHOSTDOWN: ['unavailable', silent],
  ETIMEDOUT: ['unavailable', silent],
  EIO: ['operational', ({ folder }) => `The disk with ${folder} reported an error.`],
  EMFILE: ['operational', () => 'Too many files are open in this program.'],
  ENFILE: ['operational', () => 'Too many files are open on this machine.'],
  ENOTDIR: ['operational', inTheWay],
  EEXIST: ['operational', inTheWay],
  ENOTEMPTY: ['operational', ({ folder }) => `In ${folder} a folder lies where a file must be.`],
  EISDIR: ['operational', ({ folder }) => `In ${folder} a folder lies where a file must be.`],
  ELOOP: ['operational', ({ folder }) => `In ${folder} something is a link where none may be.`],
  EXDEV: ['operational', ({ folder }) => `${folder} lies on another disk than the rest of the repository’s folder.`],
  ENAMETOOLONG: ['operational', ({ folder }) => `A name of the repository is too long for the disk with ${folder}.`],
  EFBIG: ['operational', ({ folder }) => `The disk with ${folder} cannot hold a file of that size.`],
});

/**
 * Sorts what Node's file functions throw. Others stay as they are.
 * @param path where it happened, if the error does not say: those of open files do not
 */
export const diskFailure = (error: unknown, path?: string): unknown => {
  const kind = DISK[codeOf(error)];
  if (!kind) return error;
  const [code, sentence] = kind;
  const at = textOf(error, 'path') ?? path;
  const folder = at === undefined ? 'the cache' : dirname(at);
  return new AppError(code, sentence({ syscall: textOf(error, 'syscall'), folder }), { cause: error });
};
