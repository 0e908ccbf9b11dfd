import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Where what root uses lies, which others have not in their PATH. */
const BESIDE = ['/usr/sbin', '/sbin'];

/** @returns where a program of the system lies; undefined if it is not installed: a test that needs it is left out then */
export const findTool = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(':'), ...BESIDE]
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
