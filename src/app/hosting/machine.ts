import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';

const UUID = /^[0-9a-f-]{36}$/;
/** Of this start of the machine: a copy of all its disks has another one (proc_sys_kernel(5)); containers share it. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Whole, or not at all. @throws AppError as the disk has it, with what cannot be kept there */
const keep = (path: string, id: string): void => {
  const unfinished = `${path}.part`;
  try {
    writeFileSync(unfinished, `${id}\n`, { mode: 0o600 });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const failure = diskFailure(error, path);
    if (!(failure instanceof AppError)) throw failure;
    const says = `What tells this host from others cannot be written to ${path}. ${failure.message} Mend that, and start me again.`;
    throw new AppError(failure.code, says, { cause: error });
  }
};

const idIn = (path: string): string => {
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (UUID.test(id)) return id;
  } catch {
    // It is the first start here.
  }
  const id = randomUUID();
  keep(path, id);
  return id;
};

const bootOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return hostname();
  }
};

/**
 * By what two machines of one name are told apart: the data folder itself, and where it is. It stays over restarts of the program;
 * a copy of the folder, or of the whole machine, is another one. After a restart of the machine it is new, and the word of the old
 * one is gone by then.
 * @returns in the form of a UUID
 * @throws AppError: at the first start, the disk is full, or cannot be written for another reason
 */
export const machineOf = (dataDir: string, bootIdAt = BOOT_ID): string => {
  const path = join(dataDir, 'host.id');
  const id = idIn(path);
  const { dev, ino } = statSync(path, { bigint: true });
  const hash = createHash('sha256')
    .update([id, dev, ino, bootOf(bootIdAt)].join('\n'))
    .digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
