import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Where a program lies.
 * @param programPath the folders that programs are looked for in, as PATH names them
 * @returns undefined if it lies in none of them
 */
export const findProgram = async (name: string, programPath = ''): Promise<string | undefined> => {
  for (const folder of programPath.split(delimiter).filter(isAbsolute)) {
    const program = join(folder, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return undefined;
};
