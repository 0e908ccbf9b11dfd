import type { ScheduleConfiguration } from '../../domain/schedule/schedule.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer } from '../ui/reply.ts';
import { plain, shorten } from '../ui/text.ts';
import { text } from './text.ts';

/** What is done to one schedule; its place is what a button carries. */
export const ONE_VERBS = ['enable', 'disable', 'remove', 'edit'] as const;
export type OneVerb = (typeof ONE_VERBS)[number];

const LABEL_LIMIT = 40;

const candidates = (own: readonly ScheduleConfiguration[], verb: OneVerb): readonly ScheduleConfiguration[] => {
  if (verb === 'enable') return own.filter(({ enabled }) => !enabled);
  return verb === 'disable' ? own.filter(({ enabled }) => enabled) : own;
};

/** The schedule that a command without a name means: the only one it can be for; several are offered as buttons. */
export const onlySchedule = async (
  ctx: Ctx,
  { store }: Pick<BotDeps, 'store'>,
  verb: OneVerb,
): Promise<ScheduleConfiguration | undefined> => {
  const own = store.schedules.listSchedules(ctx.chat?.id ?? 0);
  const found = candidates(own, verb);
  if (found.length === 1) return found[0];
  if (found.length === 0) {
    await answer(ctx, { text: plain(own.length === 0 ? text.noneHere : text.allSo(verb)) });
    return undefined;
  }
  await answer(ctx, {
    text: plain(text.whichSchedule(verb)),
    keyboard: {
      inline_keyboard: found.map(({ id, name, enabled }) => [
        actionButton(
          `${shorten(name, LABEL_LIMIT)} · ${enabled ? 'on' : 'off'}`,
          'schedule',
          `${id}:${ONE_VERBS.indexOf(verb)}`,
        ),
      ]),
    },
  });
  return undefined;
};
