import { join } from 'node:path';
import type { ChecksDeps } from '../../src/people/tokens/checks.ts';
import { withPeople } from '../../src/people/tokens/of-person.ts';
import { createPersonalTokens, type PersonalTokens } from '../../src/people/tokens/personal-tokens.ts';
import { createVault } from '../../src/people/tokens/vault.ts';
import type { Source } from '../../src/sources/port.ts';

/** Where there is no key in any address. */
export const NO_KEYS = {
  sealAddress: (address: string): string => address,
  openAddress: (address: string): string => address,
};

/** People's tokens, with a key in this folder, and a source that knows them. */
export const openTestTokens = (
  folder: string,
  deps: Omit<ChecksDeps, 'vault' | 'source'> & { readonly hub: Source },
): { readonly tokens: PersonalTokens; readonly source: Source } => {
  const vault = createVault({ file: join(folder, 'secret.key') });
  const tokens = createPersonalTokens({ ...deps, source: deps.hub, vault });
  return { tokens, source: withPeople(deps.hub, tokens) };
};
