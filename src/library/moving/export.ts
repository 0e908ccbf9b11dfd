import { setImmediate as breathe } from 'node:timers/promises';
import type { LibraryFilter } from '../../domain/library-filter.ts';
import { writtenEntry } from '../../domain/moving/written-entry.ts';
import { type FileSettings, fileWriter } from '../../domain/moving/models-file.ts';
import { toIso, type WallClock } from '../../lib/clock.ts';
import type { Store } from '../../store/store.ts';

/** What of a library is to be written down. */
export interface ExportWish {
  readonly chatId: number;
  readonly filter: LibraryFilter;
  /** What holds for this library and on this machine. */
  readonly settings: FileSettings;
}

/** A part of a library as a `models.json`. */
export interface LibraryFile {
  readonly models: number;
  /** Of how many the address is written down without its key. */
  readonly withoutKey: number;
  /** Of the whole text, encoded. */
  readonly bytes: number;
  /** The text, a piece at a time; as often as it is wanted, as the library is then. */
  readonly pieces: () => AsyncGenerator<Uint8Array>;
}

interface ExportDeps {
  readonly store: Store;
  readonly clock: WallClock;
}

/** So many models are read before everything else has its turn. */
const AT_ONCE = 50;

/** The text of a library, so many models at a time. */
async function* write(
  { store: { models, imports }, clock }: ExportDeps,
  { chatId, settings }: ExportWish,
  ids: readonly number[],
): AsyncGenerator<string> {
  const now = toIso(clock.now());
  const writer = fileWriter();
  // A file that was brought in and is written down again keeps its age.
  let created = imports.latestImport(chatId)?.fileCreated ?? now;
  let lastUpdated = '';
  yield writer.begin();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    if (at > 0) await breathe();
    const read = ids.slice(at, at + AT_ONCE).flatMap((id) => models.getModel(id) ?? []);
    const here = read.filter((model) => model.chatId === chatId);
    for (const { createdAt, updatedAt } of here) {
      if (createdAt < created) created = createdAt;
      if (updatedAt > lastUpdated) lastUpdated = updatedAt;
    }
    yield here.map((model) => writer.model(writtenEntry(model, models.tagsOf(model.id)))).join('');
  }
  yield writer.end(settings, { created, lastUpdated: lastUpdated || now });
}

/** A model's address as it is written down, with dots where its key was. */
const KEYLESS = /^ +"source_url": "[^"]*•/gm;

const encoder = new TextEncoder();

/** A chat's library, or what a filter finds of it, as a `models.json`. It is never whole in memory. */
export const exportLibrary = async (deps: ExportDeps, wish: ExportWish): Promise<LibraryFile> => {
  const ids = deps.store.models.findLibrary(wish.chatId, wish.filter).map(({ id }) => id);
  let [bytes, withoutKey] = [0, 0];
  for await (const piece of write(deps, wish, ids)) {
    bytes += Buffer.byteLength(piece);
    withoutKey += piece.match(KEYLESS)?.length ?? 0;
  }
  return {
    models: ids.length,
    withoutKey,
    bytes,
    pieces: async function* pieces() {
      for await (const piece of write(deps, wish, ids)) if (piece !== '') yield encoder.encode(piece);
    },
  };
};
