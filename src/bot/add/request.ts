import { AppError, refuse } from '../../domain/errors.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import { spaceIn } from '../../domain/repo/repo.ts';
import { webAddressIn } from '../../domain/repo/web-file.ts';
import { distinctRefs } from '../../domain/repo/repo-list.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { type Asked, askedBy } from '../ui/reply.ts';
import { hostMeant } from '../../library/hosts/find-host.ts';
import { type Parsed, parseAdd } from './parse.ts';
import { text } from './text.ts';

export type AddDeps = Pick<BotDeps, 'adding' | 'hubHosts' | 'store' | 'documents'>;

/** More cards than this for one message make a chat that nobody reads. */
export const MODELS_MOST = 20;

/** What became of what a message names. */
export interface Requested {
  /** So many are looked up. */
  readonly count: number;
  /** What has to be said of the rest; undefined if that was all. */
  readonly rest: string | undefined;
}

/**
 * Takes what a message names into the look-ups, the first twenty of it; the board shows a card for each.
 * In their order: what somebody may not have any more is left out.
 * @throws AppError validation: one of them is no reference, and none was taken; constraint: none of them may be asked for
 */
export const requestAll = (
  { adding, hubHosts }: Pick<AddDeps, 'adding' | 'hubHosts'>,
  asked: Asked,
  typed: readonly string[],
  options: AddOptions,
): Requested => {
  const isWebFile = (ref: string): boolean => webAddressIn(ref, hubHosts) !== undefined;
  const files = new Set(typed.filter(isWebFile));
  if (typed.length > 1 && (options.name !== undefined || options.sha256 !== undefined)) refuse(text.oneFile);
  const others = typed.filter((ref) => !files.has(ref));
  const spaces = new Set(others.flatMap((ref) => spaceIn(ref, hubHosts) ?? []));
  const repos = others.filter((ref) => spaceIn(ref, hubHosts) === undefined);
  const refs = [...distinctRefs(repos, hubHosts), ...[...spaces].map((id) => `spaces/${id}`), ...files];
  const taken = refs.slice(0, MODELS_MOST);
  const left: string[] = [];
  let refusal: AppError | undefined;
  for (const [part, ref] of taken.entries()) {
    try {
      adding.request({ ...asked, part, ref, options });
    } catch (error) {
      // What comes behind it may be here already.
      if (!(error instanceof AppError) || error.code !== 'constraint') throw error;
      refusal ??= error;
      left.push(ref);
    }
  }
  if (refusal && left.length === taken.length) throw refusal;
  const said = [
    refusal && text.notAdded(left, refusal.message),
    refs.length > MODELS_MOST && text.tooMany(MODELS_MOST, refs.length),
  ];
  return { count: taken.length - left.length, rest: said.filter(Boolean).join('\n') || undefined };
};

/** What is said behind the references, with the machine that is named there. @throws AppError validation: there is none of that name */
export const withHost = ({ store }: Pick<AddDeps, 'store'>, { options, on }: Parsed): AddOptions =>
  on === undefined ? options : { ...options, hostId: hostMeant(store, on).id };

/**
 * Takes what stands behind `/add` into the look-ups.
 * @param line the references with their options
 * @returns what has to be said of the rest; undefined if that was all
 * @throws as `requestAll`
 */
export const requestFrom = (
  ctx: Pick<Ctx, 'chat' | 'from' | 'msg'>,
  deps: Pick<AddDeps, 'adding' | 'hubHosts' | 'store'>,
  line: string,
): string | undefined => {
  const parsed = parseAdd(line);
  const { refs } = parsed;
  if (refs.length === 0) refuse(text.which);
  const options = withHost(deps, parsed);
  const asked = askedBy(ctx);
  return asked && requestAll(deps, asked, refs, options).rest;
};
