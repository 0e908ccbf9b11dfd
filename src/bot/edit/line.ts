import type { LibraryFilter } from '../../domain/library-filter.ts';
import { refuse } from '../../domain/errors.ts';
import type { Host } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { editAll, editModel } from '../../library/edit.ts';
import { changeFiles, FILE_KEYS, type FileEdit, optionsFor, readFileEdit, refOf } from '../../library/file-edit.ts';
import { findModel } from '../../library/find.ts';
import { movedTo } from '../../library/hosts/elsewhere.ts';
import { hostMeant } from '../../library/hosts/find-host.ts';
import { readFilter } from '../../library/filter.ts';
import { EDIT_KEYS, type ModelEdit, readEdit } from '../../library/read-edit.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { May } from '../feature.ts';
import { parseArguments } from '../ui/arguments.ts';
import { pickModel } from '../ui/pick-model.ts';
import { answer, askedBy } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** Words that mean many models: `all`, `#tag`, `category:text`. A number behind `#` is a model’s. */
const MANY = /^(?:all|#(?!\d+$).+|(?:category|tag|status):.+)$/iu;

/** The models that words mean together; undefined if they are one’s name. */
const manyOf = (store: Store, chatId: number, words: readonly string[]): LibraryFilter | undefined =>
  words.length > 0 && words.every((word) => MANY.test(word))
    ? readFilter(store, chatId, { words, options: {} })
    : undefined;

const editMany = async (
  deps: BotDeps,
  ctx: Ctx,
  may: May,
  { filter, edit }: { filter: LibraryFilter; edit: ModelEdit },
) => {
  if (Object.keys(edit).length === 0) {
    await answer(ctx, { text: plain(text.whatForAll) });
    return;
  }
  const isManager = await may();
  const mayEdit = (requestedBy: number | null): boolean => isManager || requestedBy === ctx.from?.id;
  const done = await editAll(deps, ctx.chat?.id ?? 0, filter, { edit, mayEdit });
  await answer(ctx, { text: plain(text.editedAll(done)) });
};

/** Which files it shall have is looked up, and told by the card of that. */
const editOne = async (
  deps: BotDeps,
  ctx: Ctx,
  model: Model,
  {
    edit,
    files,
    host,
  }: { readonly edit: ModelEdit; readonly files: FileEdit | undefined; readonly host: Host | undefined },
): Promise<void> => {
  // Where it is to lie already, on= says nothing new; what cannot be leaves everything else as it is.
  const isSaid = host?.id === model.hostId && Object.keys(edit).length > 0;
  const moved = host && !isSaid ? movedTo(deps.store, model, host) : undefined;
  const edited = Object.keys(edit).length > 0 ? await editModel(deps, model, edit) : undefined;
  const asked = askedBy(ctx);
  if (moved && asked) {
    const options = { ...moved, ...(files ? optionsFor(model, files) : {}) };
    deps.adding.request({ ...asked, ref: refOf(model), options });
  } else if (files && asked) changeFiles(deps.adding, model, files, asked);
  if (edited) await answer(ctx, { text: plain(text.edited(edited, edit)) });
};

/** No name has a space: where the first word alone is a model, the next means nothing. @throws AppError validation */
const refuseStray = (store: Store, chatId: number, [name = '', ...others]: readonly string[]): void => {
  const [stray] = others;
  if (stray === undefined || findModel(store, chatId, [name, ...others].join(' ')).kind !== 'none') return;
  if (findModel(store, chatId, name).kind === 'one') refuse(text.stray(name, stray));
};

/** Answers `/edit <name> key=value…`, and the same for many: `/edit #tag key=value…`. */
export const editByLine =
  (deps: BotDeps, open: (ctx: Ctx, modelId: number) => Promise<void>) =>
  async (ctx: Ctx, may: May): Promise<void> => {
    const { words, options } = parseArguments(String(ctx.match), [...EDIT_KEYS, ...FILE_KEYS, 'on']);
    const edit = readEdit(options);
    const files = readFileEdit(options);
    const { on } = options;
    const host = on === undefined ? undefined : hostMeant(deps.store, on);
    const filter = manyOf(deps.store, ctx.chat?.id ?? 0, words);
    if (filter) {
      if (files || host) refuse(text.filesOfOne);
      await editMany(deps, ctx, may, { filter, edit });
      return;
    }
    refuseStray(deps.store, ctx.chat?.id ?? 0, words);
    const model = await pickModel(ctx, deps.store, words.join(' '), {
      action: 'edit',
      likely: ['pending', 'downloading', 'paused', 'failed', 'completed', 'cancelled'],
      none: text.empty,
    });
    if (!model) return;
    if (!(await may({ requestedBy: model.requestedBy }))) await answer(ctx, { text: plain(text.notAllowed) });
    else if (Object.keys(edit).length === 0 && !files && !host) await open(ctx, model.id);
    else await editOne(deps, ctx, model, { edit, files, host });
  };
