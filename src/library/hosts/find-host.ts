import { refuse } from '../../domain/errors.ts';
import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import { shorten } from '../../lib/text/shorten.ts';
import { unquote } from '../../lib/text/quotes.ts';
import type { Store } from '../../store/store.ts';

/** What people call the machine of the bot. */
const HERE: ReadonlySet<string> = new Set(['here', 'this', 'this machine', 'this-machine', 'local', 'localhost']);

/** Whether that is how people call the machine of the bot. */
export const meansHere = (typed: string): boolean => HERE.has(typed.trim().toLowerCase());

/** The machine of this name that has joined, in any letter case. */
export const hostNamed = ({ hosts }: Pick<Store, 'hosts'>, typed: string): Host | undefined => {
  const word = unquote(typed.trim()).toLowerCase();
  const host = meansHere(word) ? hosts.getHost(THIS_HOST) : hosts.findHost(word);
  return host?.state === 'joined' ? host : undefined;
};

/** Whether models can lie on more than one machine. */
export const hasOthers = ({ hosts }: Pick<Store, 'hosts'>): boolean =>
  hosts.listHosts().some(({ id, state }) => id !== THIS_HOST && state === 'joined');

const NAMED_MOST = 20;

/**
 * The same for who has to name one that there is.
 * @throws AppError validation, with those that there are
 */
export const hostMeant = (store: Pick<Store, 'hosts'>, typed: string): Host => {
  const host = hostNamed(store, typed);
  if (host) return host;
  const others = store.hosts.listHosts().filter(({ id, state }) => state === 'joined' && id !== THIS_HOST);
  const names = others.slice(0, NAMED_MOST).map(({ name }) => name);
  const known =
    names.length === 0 ? 'There is no other machine than this one.' : `There are here, ${names.join(', ')}.`;
  return refuse(`No machine is called “${shorten(typed, 40)}”. ${known}`);
};
