import { holdsNoModel } from '../../domain/files/weights.ts';
import { selectionOf } from '../../domain/files/selection.ts';
import type { Hit, UsualSize } from '../../domain/search/hit.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import type { Source } from '../../sources/port.ts';
import { chooseUsual } from '../adding/chat-defaults.ts';

/** What `/add` would fetch of a repository, to the byte, as it is known or can be asked for. */
export interface HitSizes {
  readonly known: (hit: Hit) => UsualSize | undefined;
  /**
   * Two or three requests. @returns undefined where nothing is the usual choice
   * @throws AppError as `inspect` of the source, and `selectFiles`
   */
  readonly ask: (hit: Hit, signal: AbortSignal) => Promise<UsualSize | undefined>;
}

/** By the quantization that is usual in a chat. */
export type UsualSizes = (quantize: string) => HitSizes;

/** So many are remembered: of a commit it is so for ever. */
const KNOWN_MOST = 1000;

const keyOf = ({ id, commit }: Hit, quantize: string): string | undefined => commit && `${id}@${commit} ${quantize}`;

const usualSize = async (
  source: Pick<Source, 'inspect'>,
  hit: Hit,
  quantize: string,
  signal: AbortSignal,
): Promise<UsualSize | undefined> => {
  const ref: RepoRef = { type: 'model', id: hit.id };
  const listing = await source.inspect(ref, signal);
  const { selected, lacks } = await chooseUsual(listing, selectionOf(ref, {}), quantize, signal);
  if (selected.kind === 'files') {
    // The weights lie in other branches, and /add asks for one.
    if ((listing.branches ?? []).length > 0 && holdsNoModel(selected.files)) return undefined;
    const label = lacks === undefined && quantize !== selectionOf(ref, {}).quantize ? selected.label : undefined;
    return { kind: 'exact', bytes: selected.totalBytes, ...(label === undefined ? {} : { label }) };
  }
  if (selected.kind === 'unsafe') return undefined;
  const usual = selected.choices.find(({ label }) => label === selected.suggested);
  return usual && { kind: 'exact', bytes: usual.totalBytes, label: usual.label };
};

/** Remembers the newest of what was asked for. */
export const createUsualSizes = (source: Pick<Source, 'inspect'>): UsualSizes => {
  const sizes = new Map<string, UsualSize>();
  const remember = (key: string, size: UsualSize): void => {
    const [oldest] = sizes.keys();
    if (sizes.size >= KNOWN_MOST && oldest !== undefined) sizes.delete(oldest);
    sizes.set(key, size);
  };
  return (quantize) => ({
    known: (hit) => {
      const key = keyOf(hit, quantize);
      return key === undefined ? undefined : sizes.get(key);
    },
    ask: async (hit, signal) => {
      const size = await usualSize(source, hit, quantize, signal);
      const key = keyOf(hit, quantize);
      if (size && key !== undefined) remember(key, size);
      return size;
    },
  });
};
