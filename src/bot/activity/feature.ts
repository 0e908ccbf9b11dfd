/* bot/activity: /activity: who did what and when, for owners, as a list and as a document. */

import { ACTIVITY_RESULTS } from '../../domain/activity/activity.ts';
import { type ActivityFilter, isSince } from '../../domain/activity/filter.ts';
import { refuse } from '../../domain/errors.ts';
import { defineFeature } from '../feature.ts';
import type { BotDeps } from '../context.ts';
import { parseArguments } from '../ui/arguments.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { sendLog } from './export.ts';
import { activityMenu } from './menu.ts';
import { chatMeant, isSomebody, personMeant } from './names.ts';
import { help, text } from './text.ts';

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;
const KEYS = ['person', 'chat', 'action', 'since', 'result'] as const;

const resultNamed = (word = '') => ACTIVITY_RESULTS.find((one) => one === word.toLowerCase());

/**
 * What came of it, by its option or by its word alone, as the button of the filter has it; a person who is called so is meant by
 * person=. @returns the other words too @throws AppError validation
 */
const readResult = (
  words: readonly string[],
  option: string | undefined,
): { readonly known: ReturnType<typeof resultNamed>; readonly alone: string } => {
  const byWord = option === undefined && words.length === 1 ? resultNamed(words[0]) : undefined;
  const known = byWord ?? (option === undefined ? undefined : (resultNamed(option) ?? refuse(text.result)));
  return { known, alone: byWord === undefined ? words.join(' ') : '' };
};

/** What was written behind the command. @throws AppError validation, not_found */
const readLine = (
  { store }: BotDeps,
  line: string,
): { readonly filter: ActivityFilter; readonly isExport: boolean } => {
  const { words, options } = parseArguments(line, KEYS);
  const rest = words.filter((word) => word.toLowerCase() !== 'export');
  const { person, chat, action, since } = options;
  const { known, alone } = readResult(rest, options.result);
  if (alone !== '' && (person !== undefined || !isSomebody(store, alone))) refuse(text.unclear(alone));
  const whose = person ?? (alone === '' ? undefined : alone);
  if (since !== undefined && !isSince(since.toLowerCase())) refuse(text.since);
  return {
    filter: {
      ...(whose === undefined ? {} : { userId: personMeant(store, whose) }),
      ...(chat === undefined ? {} : { chatId: chatMeant(store, chat) }),
      ...(action === undefined ? {} : { action: action.replace(/^\//, '') }),
      ...(known === undefined ? {} : { result: known }),
      ...(since === undefined ? {} : { since: since.toLowerCase() }),
    },
    isExport: words.some((word) => word.toLowerCase() === 'export'),
  };
};

/** `/activity`: who did what, for owners in their own chat. */
export const activityFeature = defineFeature({
  commands: {
    activity: {
      ...OWNERS,
      usage: {
        form: '[key=value …|export]',
        does: 'who did what, where, and what came of it; filtered, and as a CSV file',
      },
    },
  },
  actions: {},
  doors: { menu: { ...OWNERS, does: 'pages and filters of the log, and its file' } },
  topic: help,
  build: (deps) => {
    const { menu, show } = activityMenu(deps, OWNERS, (ctx, filter) => sendLog(deps, ctx, filter));
    return {
      menu,
      commands: {
        activity: async (ctx) => {
          if (ctx.chat.type !== 'private') {
            await answer(ctx, { text: plain(text.onlyAlone) });
            return;
          }
          const { filter, isExport } = readLine(deps, ctx.match.trim());
          await (isExport ? sendLog(deps, ctx, filter) : show(ctx, filter));
        },
      },
      actions: {},
    };
  },
});
