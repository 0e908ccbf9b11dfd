import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import { unquote } from '../../lib/text/quotes.ts';
import type { Store } from '../../store/store.ts';

/** What people call the machine of the bot. */
const HERE: ReadonlySet<string> = new Set(['here', 'this', 'this machine', 'this-machine', 'local', 'localhost']);

const meansHere = (typed: string): boolean => HERE.has(typed.trim().toLowerCase());

/** The machine of this name that has joined, in any letter case. */
export const hostNamed = ({ hosts }: Pick<Store, 'hosts'>, typed: string): Host | undefined => {
  const word = unquote(typed.trim()).toLowerCase();
  const host = meansHere(word) ? hosts.getHost(THIS_HOST) : hosts.findHost(word);
  return host?.state === 'joined' ? host : undefined;
};
