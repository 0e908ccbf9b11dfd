/* library/moving: a library as a file, in and out: nothing is changed before a person has said yes. */

import type { ReadModels } from '../../domain/moving/read-models.ts';
import { readModelsApart } from '../../domain/moving/reading-thread.ts';
import type { Clock } from '../../lib/clock.ts';
import { startTicker } from '../../lib/ticker.ts';
import type { PersonalTokens } from '../../people/tokens/personal-tokens.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Import, NewImport } from '../../store/moving/imports.ts';
import { type BringingDeps, createBringing } from './bringing.ts';
import { applySettings, settingChanges } from './file-settings.ts';
import { planLines } from './plan.ts';

/** Files with models, and what people decide about them. */
export interface Importing {
  /** What a file's text says. @throws AppError validation: it is no list of models, or too long */
  readonly read: (text: string) => Promise<ReadModels>;
  /**
   * Works out what a file would change, and asks a person; nothing is changed yet. A repetition of the same message finds what the
   * first has left.
   * @param starts nobody is asked: it is brought in at once, and downloaded
   */
  readonly plan: (made: NewImport, file: ReadModels, starts?: boolean) => Promise<Import>;
  /** A person has read what would change. @param said with whether the library's settings are theirs to change. False: it was decided */
  readonly bring: (id: number, said: { readonly starts: boolean; readonly maySet: boolean }) => boolean;
  /** An owner wants what the file says of the machine to hold. False: it was left */
  readonly setMachine: (id: number, ownerId: number) => boolean;
  /** Tries again what has failed. False if nothing has. */
  readonly again: (id: number) => boolean;
  /** Leaves it, also half-way; what has come stays. */
  readonly leave: (id: number) => boolean;
  /** Goes on with what a restart interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface ImportingDeps extends BringingDeps {
  readonly tokens: Pick<PersonalTokens, 'sealAddress'>;
  readonly settings: Settings;
  readonly hubHosts: readonly string[];
  readonly clock: Clock;
}

const LOOK_MS = 250;

const hasWork = ({ store, settings }: ImportingDeps, { id, chatId }: Import, file: ReadModels): boolean =>
  store.imports.tallyLines(id).some(({ kind }) => kind !== 'refused') ||
  settingChanges(settings, chatId, file.settings).length > 0;

const plan = async (
  deps: ImportingDeps,
  fields: NewImport,
  file: ReadModels,
  starts: boolean | undefined,
): Promise<Import> => {
  const { store } = deps;
  const made = store.imports.createImport(fields);
  if (made.state !== 'reading') return made;
  const same = await planLines(deps, made, file);
  const about = { same, settings: file.settings, ...(file.created === undefined ? {} : { fileCreated: file.created }) };
  const next = !hasWork(deps, made, file) ? 'done' : starts === undefined ? 'asking' : 'bringing';
  // Nobody is asked about the library of whoever has put the file there.
  if (starts !== undefined) applySettings(deps, made, file.settings, 'library');
  store.imports.moveImport(made.id, 'reading', next, { ...about, ...(starts === undefined ? {} : { starts }) });
  return store.imports.getImport(made.id) ?? made;
};

/** Brings files into libraries, a few models at a time. */
export const createImporting = (deps: ImportingDeps): Importing => {
  const shutdown = new AbortController();
  const goOn = createBringing(deps);
  const { store, hubHosts, clock, log } = deps;
  const { imports } = store;
  let isStarted = false;
  const look = (): void => {
    if (isStarted) for (const made of imports.bringing()) goOn(made);
  };
  const ticker = startTicker(LOOK_MS, look, (error) => log.error({ err: error }, 'An import could not go on'), clock);
  return {
    read: (text) => readModelsApart({ text, hosts: hubHosts }, shutdown.signal),
    plan: async (fields, file, starts) => {
      const made = await plan(deps, fields, file, starts);
      ticker.poke();
      return made;
    },
    bring: (id, { starts, maySet }) => {
      const isNew = store.atomically(() => {
        const made = imports.getImport(id);
        if (!made || !imports.moveImport(id, 'asking', 'bringing', { starts })) return false;
        // Together: a tap that is handled again finds it decided, and would set nothing.
        if (maySet) applySettings(deps, made, made.settings, 'library');
        return true;
      });
      ticker.poke();
      return isNew;
    },
    setMachine: (id, userId) => {
      const made = imports.getImport(id);
      // An older message may still have the button.
      if (!made || made.state === 'cancelled') return false;
      applySettings(deps, { userId, chatId: made.chatId }, made.settings, 'machine');
      imports.updateImport(id, {});
      return true;
    },
    again: (id) => {
      const moved = store.atomically(() => imports.planFailed(id) > 0 && imports.moveImport(id, 'done', 'bringing'));
      ticker.poke();
      return moved;
    },
    leave: (id) => imports.moveImport(id, 'asking', 'cancelled') || imports.moveImport(id, 'bringing', 'cancelled'),
    start: () => {
      isStarted = true;
      ticker.poke();
    },
    close: async () => {
      shutdown.abort(new Error('shutdown'));
      await ticker.close();
    },
  };
};
