import type { ModelEntry } from '../../domain/moving/entry.ts';
import type { NumberedEntry, ReadModels } from '../../domain/moving/read-models.ts';
import type { Host } from '../../domain/hosts/host.ts';
import { shorten } from '../../lib/text/shorten.ts';
import type { Store } from '../../store/store.ts';
import { hostMeant, hostNamed } from '../hosts/find-host.ts';

/** Of what somebody wrote. */
const NAME_SHOWN = 40;

/** What a file says, with everything of the Hub on one machine, whatever it says of that. */
export const allOn = (file: ReadModels, { name }: Host): ReadModels => ({
  ...file,
  entries: file.entries.map(({ line, entry }): NumberedEntry => {
    const { host: _host, ...rest } = entry;
    return { line, entry: entry.sourceUrl === undefined ? { ...rest, host: name } : rest };
  }),
});

/** An entry as it can be brought in here, on which machine it is meant to lie, or why it cannot come. */
export interface EntryOnHost {
  readonly entry: ModelEntry;
  /** undefined: the usual one. */
  readonly hostId: number | undefined;
  readonly refusal?: string;
}

/**
 * Where an entry is to lie. If no machine has that name, it comes onto the usual one: after a person has read that, or not at all.
 * @param asks a person is asked before anything comes
 */
export const entryOnHost = (store: Pick<Store, 'hosts'>, entry: ModelEntry, asks: boolean): EntryOnHost => {
  const { host, ...rest } = entry;
  if (host === undefined) return { entry, hostId: undefined };
  const found = hostNamed(store, host);
  if (found) return { entry, hostId: found.id };
  const name = shorten(host, NAME_SHOWN);
  if (asks) return { entry: { ...rest, lostHost: name }, hostId: undefined };
  const refusal = `no machine of mine is called “${name}”: the owner may bring it in (/hosts), or its host is left out of the file`;
  return { entry, hostId: undefined, refusal };
};

/** The machine that an entry asks for now. @throws AppError validation: it is none of the bot's any more */
export const hostIdOf = (store: Pick<Store, 'hosts'>, { host }: ModelEntry): { readonly hostId?: number } =>
  host === undefined ? {} : { hostId: hostMeant(store, host).id };
