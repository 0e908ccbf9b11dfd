import { randomBytes, scryptSync } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { codeOf } from '../../lib/error-code.ts';

/** The key that opens what is sealed in the database. */
export interface SecretKey {
  /** Made and kept if there is none yet. @throws AppError operational: it cannot be read, or made */
  readonly toSeal: () => Buffer;
  /** undefined: there is none that could be read. */
  readonly toOpen: () => Buffer | undefined;
}

export interface SecretKeyOptions {
  /** Words that the key is made of; without them it lies in the file. */
  readonly words?: string | undefined;
  /** Where the key lies, for its owner's eyes only. */
  readonly file: string;
}

const LENGTH = 32;
/** The same words have to give the same key on every machine that a database is brought to. */
const SALT = 'hubgram personal tokens';
const FORM = /^[0-9a-f]{64}$/;

const failed = (file: string, error: unknown): AppError =>
  new AppError('operational', `The key for personal tokens, ${file}, cannot be read or written.`, { cause: error });

const damaged = (file: string): AppError =>
  new AppError(
    'operational',
    `The key for personal tokens, ${file}, is damaged. Restore it from a backup, or remove it: then tokens have to be given again.`,
  );

/** @returns undefined if there is no such file @throws AppError operational: it is no key, or cannot be read */
const readKey = (file: string): Buffer | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw failed(file, error);
  }
  if (!FORM.test(text)) throw damaged(file);
  return Buffer.from(text, 'hex');
};

const flush = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** On the disk before anything is sealed with it: a power cut would leave what nobody can open. Once in the life of a database. */
const makeKey = (file: string): Buffer => {
  const key = randomBytes(LENGTH);
  const unfinished = `${file}.unfinished`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(descriptor, `${key.toString('hex')}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
    flush(dirname(file));
  } catch (error) {
    throw failed(file, error);
  }
  return key;
};

/** The key of words, or of a file that is made when something is to be sealed first. */
export const createSecretKey = ({ words, file }: SecretKeyOptions): SecretKey => {
  // It takes a tenth of a second: now, while nobody waits.
  let key: Buffer | undefined = words === undefined ? undefined : scryptSync(words, SALT, LENGTH);
  return {
    toSeal: () => (key ??= readKey(file) ?? makeKey(file)),
    toOpen: () => {
      try {
        return (key ??= readKey(file));
      } catch {
        // Whoever asks is told that what is sealed cannot be opened; whoever seals hears why.
        return undefined;
      }
    },
  };
};
