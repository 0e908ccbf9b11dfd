import type { Settings } from '../../settings/settings.ts';
import type { ImportLine, LineTally, LostHost } from '../../store/moving/import-lines.ts';
import type { Import } from '../../store/moving/imports.ts';
import type { Store } from '../../store/store.ts';
import { type SettingChange, settingChanges } from './file-settings.ts';

/** The first of many, and how many there are. */
interface Few {
  readonly first: readonly ImportLine[];
  readonly total: number;
}

/** An import as it is right now. */
export interface ImportView {
  readonly made: Import;
  /** Of all states, with the first that are still to come. */
  readonly fresh: Few;
  readonly changed: Few;
  readonly refused: Few;
  /** What could not be brought in. */
  readonly failed: Few;
  /** Of those that are new or change: how many there are, are done, and are being looked up. */
  readonly total: number;
  readonly done: number;
  readonly open: number;
  /** How many of the new ones are in the library. */
  readonly brought: number;
  /** While it is asked: machines that the file names and there are not, and where what lay on them comes. */
  readonly lostHosts: readonly LostHost[];
  readonly usualHost: string | undefined;
  /** What the file says beside its models and is otherwise here. */
  readonly changes: readonly SettingChange[];
}

const NAMED_MOST = 5;
const REASONS_MOST = 3;

const sum = (tallies: readonly LineTally[], fits: (tally: LineTally) => boolean): number =>
  tallies.filter(fits).reduce((total, { lines }) => total + lines, 0);

/** What there is to be seen of an import. */
export const importView = (store: Store, settings: Settings, made: Import): ImportView => {
  const { imports } = store;
  const { id, chatId } = made;
  const tallies = imports.tallyLines(id);
  const few = (kind: ImportLine['kind'], limit: number): Few => ({
    first: imports.listLines(id, kind, 'planned', { limit }),
    total: sum(tallies, (tally) => tally.kind === kind),
  });
  const failedNew = imports.listLines(id, 'new', 'failed', { limit: REASONS_MOST });
  const failed = [...failedNew, ...imports.listLines(id, 'changed', 'failed', { limit: REASONS_MOST })];
  return {
    made,
    fresh: few('new', NAMED_MOST),
    changed: few('changed', NAMED_MOST),
    refused: few('refused', REASONS_MOST),
    failed: { first: failed.slice(0, REASONS_MOST), total: sum(tallies, ({ state }) => state === 'failed') },
    total: sum(tallies, ({ kind }) => kind !== 'refused'),
    done: sum(tallies, ({ state }) => state === 'done'),
    open: sum(tallies, ({ state }) => state === 'asked'),
    brought: sum(tallies, ({ kind, state }) => kind === 'new' && state === 'done'),
    lostHosts: made.state === 'asking' ? imports.lostHosts(id) : [],
    usualHost: settings.chat(chatId).default_host,
    changes: settingChanges(settings, chatId, made.settings),
  };
};

/** So many lines are read before everything else has its turn. */
const PAGE = 200;

/** All that of an import did not come, as lines of text, a piece at a time. */
export const refusalPieces = (store: Store, { id }: Import): (() => AsyncGenerator<Uint8Array>) => {
  const encoder = new TextEncoder();
  const kinds = [
    ['refused', 'planned'],
    ['new', 'failed'],
    ['changed', 'failed'],
  ] as const;
  return async function* pieces() {
    for (const [kind, state] of kinds) {
      let after = -1;
      for (;;) {
        const lines = store.imports.listLines(id, kind, state, { limit: PAGE, after });
        const last = lines.at(-1);
        if (!last) break;
        after = last.number;
        const text = lines.map(({ line, name, about }) => {
          const position = line > 0 ? `line ${line}` : '';
          return `${[position, name, about ?? ''].filter((part) => part !== '').join(': ')}\n`;
        });
        yield await Promise.resolve(encoder.encode(text.join('')));
      }
    }
  };
};
