import { readFileSync } from 'node:fs';

const readBoot = (): string | undefined => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux.
    return undefined;
  }
};

/**
 * Which start of the machine this is, if the system tells. What the kernel was given to write is safe from the end of a
 * program, and lost with the power: claims about it hold until this changes.
 */
export const BOOT = readBoot();
