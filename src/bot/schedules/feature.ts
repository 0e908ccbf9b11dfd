import type { Menu } from '@grammyjs/menu';
import { Composer } from 'grammy';
import type { ScheduleConfiguration } from '../../domain/schedule.ts';
import { addSchedule, editSchedule, findSchedule } from '../../library/schedules.ts';
import { isOwner } from '../../people/may.ts';
import type { Authority } from '../access.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { type Arguments, parseArguments } from '../ui/arguments.ts';
import { actionPattern, openPattern } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { askAboutSchedule, enterAsking } from './dialogue.ts';
import { scheduleMenu, showMenu, zoneOf } from './menu.ts';
import { disable, enable, stranded } from './own.ts';
import { completeSchedule, parseSchedule, SCHEDULE_OPTIONS } from './parse.ts';
import { everywhereText, listText, text } from './text.ts';
import { ONE_VERBS, onlySchedule, type OneVerb } from './which.ts';
import { timezoneCommand } from './timezone.ts';

interface Core {
  readonly deps: BotDeps;
  readonly menu: Menu<Ctx>;
}

type Verb = 'add' | OneVerb;

/** The seeds' words, and those that people try. */
const VERBS: Readonly<Record<string, Verb>> = {
  add: 'add',
  create: 'add',
  new: 'add',
  edit: 'edit',
  update: 'edit',
  enable: 'enable',
  on: 'enable',
  'set-active': 'enable',
  disable: 'disable',
  off: 'disable',
  remove: 'remove',
  delete: 'remove',
};

const say = (ctx: Ctx, sentence: string): Promise<void> => answer(ctx, { text: plain(sentence) });

const add = async ({ deps, menu }: Core, ctx: Ctx, { words, options }: Arguments): Promise<void> => {
  const fields = completeSchedule(parseSchedule(words, options));
  const { id } = addSchedule(deps.store, ctx.chat?.id ?? 0, fields);
  deps.schedules.poke();
  await showMenu(ctx, deps, menu, { page: 'show', subject: id });
};

const edit = async ({ deps, menu }: Core, ctx: Ctx, id: number, said: Arguments): Promise<void> => {
  const changes = parseSchedule(said.words, said.options);
  // Nothing was said: the menu has a button for each thing.
  if (Object.keys(changes).length > 0) editSchedule(deps.store, id, changes);
  deps.schedules.poke();
  deps.board.poke();
  await showMenu(ctx, deps, menu, { page: 'show', subject: id });
};

const doTo = async (
  core: Core,
  ctx: Ctx,
  schedule: ScheduleConfiguration,
  { verb, said }: { verb: OneVerb; said: Arguments },
): Promise<void> => {
  const { deps, menu } = core;
  if (verb === 'edit') await edit(core, ctx, schedule.id, said);
  else if (verb === 'remove') await showMenu(ctx, deps, menu, { page: 'remove', subject: schedule.id });
  else if (verb === 'enable') await say(ctx, enable(deps, schedule));
  else {
    const said = disable(deps, schedule);
    // The menu says so too, and has the button that starts what waited for it.
    if (stranded(deps, schedule.chatId) > 0) await showMenu(ctx, deps, menu, { page: 'show', subject: schedule.id });
    else await say(ctx, said);
  }
};

const change = async (core: Core, ctx: Ctx, verb: Verb, said: Arguments): Promise<void> => {
  if (verb === 'add') {
    await add(core, ctx, said);
    return;
  }
  const [word, ...words] = said.words;
  const { deps } = core;
  const schedule =
    word === undefined ? await onlySchedule(ctx, deps, verb) : findSchedule(deps.store, ctx.chat?.id ?? 0, word);
  if (schedule) await doTo(core, ctx, schedule, { verb, said: { ...said, words } });
  else if (word !== undefined) await say(ctx, text.unknown(word));
};

/** A tap on one of several schedules that a command may have meant: the question goes, its answer comes. */
const chosenSchedule = async (core: Core, authority: Authority, ctx: Ctx): Promise<void> => {
  const { deps } = core;
  const schedule = deps.store.schedules.getSchedule(Number(ctx.match?.[1]));
  const verb = ONE_VERBS[Number(ctx.match?.[2])];
  const isOwn = schedule !== undefined && schedule.chatId === ctx.chat?.id && verb !== undefined;
  if (!isOwn || !(await authority(ctx, null))) {
    await ctx.answerCallbackQuery({ text: isOwn ? text.notAllowed : text.gone, show_alert: true });
    return;
  }
  await ctx.answerCallbackQuery();
  await replace(ctx, { text: plain(text.chose(schedule.name)) });
  await doTo(core, ctx, schedule, { verb, said: { words: [], options: {} } });
};

/** Answers `/schedules`, for the owner also `/schedules all`. */
const list = async ({ deps }: Core, ctx: Ctx): Promise<void> => {
  const now = deps.clock.now();
  const chatId = ctx.chat?.id ?? 0;
  if (String(ctx.match).trim().toLowerCase() !== 'all') {
    await answer(ctx, { text: listText(deps.store, chatId, { timezone: zoneOf(deps, chatId), now }) });
    return;
  }
  const seesAll = isOwner(deps.store, ctx.from?.id ?? 0);
  await answer(ctx, { text: seesAll ? everywhereText(deps.store, deps.timezone, now) : plain(text.ownersOnly) });
};

/** `/schedule`, `/schedules` and `/timezone`. */
export const schedulesFeature = (deps: BotDeps, authority: Authority): Composer<Ctx> => {
  const feature = new Composer<Ctx>();
  feature.use(askAboutSchedule(deps));
  const menu = scheduleMenu(deps, authority, enterAsking);
  const core: Core = { deps, menu };
  feature.use(menu);

  feature.command('schedule', async (ctx) => {
    const [word = '', ...rest] = ctx.match.trim().split(/\s+/);
    const verb = VERBS[word.toLowerCase()];
    if (word === '') await showMenu(ctx, deps, menu);
    else if (word.toLowerCase() === 'list') await list(core, ctx);
    else if (verb === undefined) await say(ctx, text.usage(word));
    else if (await authority(ctx, null))
      await change(core, ctx, verb, parseArguments(rest.join(' '), SCHEDULE_OPTIONS));
    else await say(ctx, text.notAllowed);
  });

  feature.callbackQuery(openPattern('schedule'), async (ctx) => {
    await ctx.answerCallbackQuery();
    await showMenu(ctx, deps, menu);
  });
  feature.callbackQuery(actionPattern('schedule'), (ctx) => chosenSchedule(core, authority, ctx));
  feature.command('schedules', (ctx) => list(core, ctx));
  timezoneCommand(feature, deps, authority);
  return feature;
};
