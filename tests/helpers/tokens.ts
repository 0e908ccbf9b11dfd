import { join } from 'node:path';
import type { ChecksDeps } from '../../src/people/tokens/checks.ts';
import { createPersonalTokens, type PersonalTokens } from '../../src/people/tokens/personal-tokens.ts';
import { createVault } from '../../src/people/tokens/vault.ts';

/** People's tokens, with a key in this folder. */
export const createTestTokens = (folder: string, deps: Omit<ChecksDeps, 'vault'>): PersonalTokens =>
  createPersonalTokens({ ...deps, vault: createVault({ file: join(folder, 'secret.key') }) });
