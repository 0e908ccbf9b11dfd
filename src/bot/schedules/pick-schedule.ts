import type { ScheduleConfiguration } from '../../domain/schedule/schedule.ts';
import { schedulesFor, type ScheduleVerb } from '../../library/schedules/schedules.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer } from '../ui/reply.ts';
import { plain, shorten } from '../ui/text.ts';
import { text } from './text.ts';

/** The place of each is what a button carries. */
export const VERBS_IN_BUTTONS: readonly ScheduleVerb[] = ['enable', 'disable', 'remove', 'edit'];

const LABEL_LIMIT = 40;

/** The schedule that a command without a name means: the only one it can be for; several are offered as buttons. */
export const onlySchedule = async (
  ctx: Ctx,
  { store }: Pick<BotDeps, 'store'>,
  verb: ScheduleVerb,
): Promise<ScheduleConfiguration | undefined> => {
  const chatId = ctx.chat?.id ?? 0;
  const found = schedulesFor(store, chatId, verb);
  if (found.length === 1) return found[0];
  if (found.length === 0) {
    await answer(ctx, {
      text: plain(schedulesFor(store, chatId, 'edit').length === 0 ? text.noneHere : text.allSo(verb)),
    });
    return undefined;
  }
  await answer(ctx, {
    text: plain(text.whichSchedule(verb)),
    keyboard: {
      inline_keyboard: found.map(({ id, name, enabled }) => [
        actionButton(
          `${shorten(name, LABEL_LIMIT)} · ${enabled ? 'on' : 'off'}`,
          'schedule',
          `${id}:${VERBS_IN_BUTTONS.indexOf(verb)}`,
        ),
      ]),
    },
  });
  return undefined;
};
