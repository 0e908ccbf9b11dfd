/* bot/schedules: /schedule, /schedules and /timezone: by menu without typing, and in one line. */

import type { ScheduleConfiguration } from '../../domain/schedule/schedule.ts';
import { allScheduleViews, scheduleViewsOf } from '../../library/schedules/schedule-view.ts';
import { findSchedule, scheduleIn, type ScheduleVerb } from '../../library/schedules/schedules.ts';
import { timesOf } from '../../library/model-view.ts';
import type { Ctx } from '../context.ts';
import { defineFeature, type FeatureDeps, type Handlers, type May } from '../feature.ts';
import { type Arguments, parseArguments } from '../ui/arguments.ts';
import { noteNotAllowed } from '../noted.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { askAboutSchedule } from './dialogue.ts';
import { type ScheduleMenu, scheduleMenu } from './menu.ts';
import { disable, enable, stranded } from './own.ts';
import { completeSchedule, parseSchedule, SCHEDULE_OPTIONS } from './parse.ts';
import { everywhereText, help, listText, text } from './text.ts';
import { choosingZone, ZONE_DATA } from './timezone.ts';
import { whyNot } from './refusal.ts';
import { zoneInSettings } from './zone-in-settings.ts';
import { onlySchedule, VERBS_IN_BUTTONS } from './pick-schedule.ts';
import { table } from '../../lib/table.ts';

interface Parts {
  readonly deps: FeatureDeps;
  readonly show: ScheduleMenu['show'];
}

type Verb = 'add' | ScheduleVerb;

/** The seeds' words, and those that people try. */
const VERBS = table<Verb>({
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
});

const say = (ctx: Ctx, sentence: string): Promise<void> => answer(ctx, { text: plain(sentence) });

const add = async ({ deps, show }: Parts, ctx: Ctx, { words, options }: Arguments): Promise<void> => {
  const fields = completeSchedule(parseSchedule(words, options));
  const { id } = deps.schedules.add(ctx.chat?.id ?? 0, fields, ctx.update.update_id);
  await show(ctx, { page: 'show', subject: id });
};

const edit = async ({ deps, show }: Parts, ctx: Ctx, id: number, said: Arguments): Promise<void> => {
  const changes = parseSchedule(said.words, said.options);
  // Nothing was said: the menu has a button for each thing.
  if (Object.keys(changes).length > 0) deps.schedules.edit(id, changes);
  await show(ctx, { page: 'show', subject: id });
};

const doTo = async (
  parts: Parts,
  ctx: Ctx,
  schedule: ScheduleConfiguration,
  { verb, said }: { verb: ScheduleVerb; said: Arguments },
): Promise<void> => {
  const { deps, show } = parts;
  if (verb === 'edit') await edit(parts, ctx, schedule.id, said);
  else if (verb === 'remove') await show(ctx, { page: 'remove', subject: schedule.id });
  else if (verb === 'enable') await say(ctx, enable(deps, schedule));
  else {
    const said = disable(deps, schedule);
    // The menu says so too, and has the button that starts what waited for it.
    if (stranded(deps, schedule.chatId) > 0) await show(ctx, { page: 'show', subject: schedule.id });
    else await say(ctx, said);
  }
};

const change = async (parts: Parts, ctx: Ctx, verb: Verb, said: Arguments): Promise<void> => {
  if (verb === 'add') {
    await add(parts, ctx, said);
    return;
  }
  const [word, ...words] = said.words;
  const { deps } = parts;
  const schedule =
    word === undefined ? await onlySchedule(ctx, deps, verb) : findSchedule(deps.store, ctx.chat?.id ?? 0, word);
  if (schedule) await doTo(parts, ctx, schedule, { verb, said: { ...said, words } });
  else if (word !== undefined) await say(ctx, text.unknown(word));
};

/** A tap on one of several schedules that a command may have meant: the question goes, its answer comes. */
const chosenSchedule = async (parts: Parts, ctx: Ctx): Promise<void> => {
  const schedule = scheduleIn(parts.deps.store, ctx.chat?.id, Number(ctx.match?.[1]));
  const verb = VERBS_IN_BUTTONS[Number(ctx.match?.[2])];
  if (schedule === undefined || verb === undefined) {
    await ctx.answerCallbackQuery({ text: text.gone, show_alert: true });
    return;
  }
  await doTo(parts, ctx, schedule, { verb, said: { words: [], options: {} } });
  await ctx.answerCallbackQuery();
  await replace(ctx, { text: plain(text.chose(schedule.name)) });
};

/** A message has room for about so many. */
const SHOWN_MOST = 25;

/** Answers `/schedules`, for the owner also `/schedules all`. */
const list = async ({ deps }: Parts, ctx: Ctx, seesAll: May): Promise<void> => {
  if (String(ctx.match).trim().toLowerCase() !== 'all') {
    const chatId = ctx.chat?.id ?? 0;
    const times = timesOf(deps, chatId);
    await answer(ctx, { text: listText(scheduleViewsOf(deps.store, chatId, times), times) });
    return;
  }
  const { store, timezone, clock } = deps;
  if (!(await seesAll())) {
    await answer(ctx, { text: plain(text.ownersOnly) });
    return;
  }
  // Even an owner: what a group is answered all of its people read.
  const all = ctx.chat?.type === 'private' && allScheduleViews(store, { timezone, now: clock.now() }, SHOWN_MOST);
  await answer(ctx, { text: all ? everywhereText(all) : plain(text.onlyAlone) });
};

const onSchedule =
  (parts: Parts): Handlers['commands'][string] =>
  async (ctx, may) => {
    const [word = '', ...rest] = ctx.match.trim().split(/\s+/);
    const verb = VERBS[word.toLowerCase()];
    if (word === '') await parts.show(ctx);
    else if (word.toLowerCase() === 'list') await list(parts, ctx, () => Promise.resolve(false));
    else if (verb === undefined) await say(ctx, text.usage(word));
    else if (await may({ part: 'change' }))
      await change(parts, ctx, verb, parseArguments(rest.join(' '), SCHEDULE_OPTIONS));
    else await say(ctx, await whyNot(parts.deps, ctx));
  };

const CHANGING = { who: 'manager', refusal: text.notAllowed } as const;

const actions = {
  schedule: CHANGING,
  zones: { who: 'viewer' },
  zone: { ...CHANGING, data: { pattern: ZONE_DATA, example: 'Europe/Berlin' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'schedules'> {}
}

/** `/schedule`, `/schedules` and `/timezone`. */
export const schedulesFeature = defineFeature({
  commands: {
    schedule: {
      who: 'viewer',
      usage: {
        form: '[add|edit|enable|disable|remove …]',
        does: 'the chat’s schedules; alone it is a menu, without typing',
      },
      parts: { change: { ...CHANGING, example: 'add daily 23:00' } },
      menu: { position: 9, description: 'Let downloads wait for a time: the night' },
    },
    schedules: {
      who: 'viewer',
      usage: { form: '[all]', does: 'their next three runs, and what the last one did; of all chats for owners' },
      parts: { all: { who: 'owner', refusal: text.ownersOnly, example: 'all' } },
      menu: { position: 31, description: 'The schedules and their next runs' },
    },
    timezone: {
      who: 'viewer',
      usage: { form: '[city|zone|HH:MM]', does: 'whose clock counts in this chat' },
      parts: { change: { ...CHANGING, example: 'Berlin' } },
      menu: { position: 32, description: 'Whose clock counts: /timezone Berlin' },
    },
  },
  actions,
  doors: {
    menu: { ...CHANGING, does: 'what changes a schedule, or makes one' },
    dialogue: { ...CHANGING, does: 'the answer to a time, a name or a city' },
  },
  topic: help,
  opener: { who: 'viewer', number: 4, label: 'Schedule' },
  build: (deps) => {
    const mayChange = async (ctx: Ctx): ReturnType<May> => {
      const isAllowed = await deps.authority(ctx, CHANGING);
      if (!isAllowed) noteNotAllowed(ctx);
      return isAllowed;
    };
    const { menu, show } = scheduleMenu(deps, mayChange);
    const parts: Parts = { deps, show };
    const zone = choosingZone(deps);
    return {
      dialogue: askAboutSchedule(deps, mayChange),
      menu,
      open: (ctx) => show(ctx),
      commands: {
        schedule: onSchedule(parts),
        schedules: (ctx, may) => list(parts, ctx, () => may({ part: 'all' })),
        ...zone.commands,
      },
      actions: {
        schedule: (ctx) => chosenSchedule(parts, ctx),
        zones: zoneInSettings(deps, mayChange),
        ...zone.actions,
      },
    };
  },
});
