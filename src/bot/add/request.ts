import { refuse } from '../../domain/errors.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import { spaceIn } from '../../domain/repo/repo.ts';
import { distinctRefs } from '../../domain/repo/repo-list.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { type Asked, askedBy } from '../ui/reply.ts';
import { parseAdd } from './parse.ts';
import { text } from './text.ts';

export type AddDeps = Pick<BotDeps, 'adding' | 'hubHosts' | 'store' | 'documents'>;

/** More cards than this for one message make a chat that nobody reads. */
export const MODELS_MOST = 20;

/**
 * Takes what a message names into the look-ups, the first twenty of it; the board shows a card for each.
 * @returns what has to be said of the rest; undefined if that was all
 * @throws AppError validation: one of them is no reference, and none was taken; constraint: more than one person may ask for
 */
export const requestAll = (
  { adding, hubHosts }: Pick<AddDeps, 'adding' | 'hubHosts'>,
  asked: Asked,
  typed: readonly string[],
  options: AddOptions,
): string | undefined => {
  const spaces = new Set(typed.flatMap((ref) => spaceIn(ref, hubHosts) ?? []));
  const repos = typed.filter((ref) => spaceIn(ref, hubHosts) === undefined);
  const refs = [...distinctRefs(repos, hubHosts), ...[...spaces].map((id) => `spaces/${id}`)];
  for (const [part, ref] of refs.slice(0, MODELS_MOST).entries()) adding.request({ ...asked, part, ref, options });
  return refs.length > MODELS_MOST ? text.tooMany(MODELS_MOST, refs.length) : undefined;
};

/**
 * Takes what stands behind `/add` into the look-ups.
 * @param line the references with their options
 * @returns and @throws as `requestAll`
 */
export const requestFrom = (
  ctx: Pick<Ctx, 'chat' | 'from' | 'msg'>,
  deps: Pick<AddDeps, 'adding' | 'hubHosts'>,
  line: string,
): string | undefined => {
  const { refs, options } = parseAdd(line);
  if (refs.length === 0) refuse(text.which);
  const asked = askedBy(ctx);
  return asked && requestAll(deps, asked, refs, options);
};
