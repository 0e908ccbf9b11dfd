/* bot/logs: /logs: the newest lines of the log, for owners, with nothing in them that must not be read. */

import type { InlineKeyboardMarkup } from 'grammy/types';
import type { LogSearch } from '../../lib/log-entries.ts';
import type { LogLevel } from '../../lib/log.ts';
import { type Times, timesOf } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, answerWithDocument, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { readAsked, readTap, TAP_PATTERN, tapOf } from './asked.ts';
import { help, logFileLines, type LogPage, logPage, text } from './text.ts';

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = { logs: { ...OWNERS, data: { pattern: TAP_PATTERN, example: 's:a:20:' } } } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'logs'> {}
}

/** Of a file that was asked for by its button: what made it too long for a message is not all that there is. */
const FILE_LINES = 2000;

const FILTERS: readonly (readonly [label: string, level: LogLevel | undefined])[] = [
  ['All', undefined],
  ['Warnings', 'warn'],
  ['Errors', 'error'],
];

const buttonsFor = (search: LogSearch): InlineKeyboardMarkup => ({
  inline_keyboard: [
    FILTERS.map(([label, level]) =>
      actionButton(
        `${level === search.level ? '✓ ' : ''}${label}`,
        'logs',
        tapOf({ asFile: false, search: { ...search, level } }),
      ),
    ),
    [
      actionButton('Refresh', 'logs', tapOf({ asFile: false, search })),
      actionButton('As a file', 'logs', tapOf({ asFile: true, search })),
    ],
  ],
});

const timesIn = (deps: BotDeps, ctx: Ctx): Times => timesOf(deps, ctx.chat?.id ?? 0);

const read = async (deps: BotDeps, ctx: Ctx, search: LogSearch): Promise<LogPage> =>
  logPage(await deps.logs.find(search), search, timesIn(deps, ctx));

const sendFile = async (deps: BotDeps, ctx: Ctx, search: LogSearch): Promise<void> => {
  const found = await deps.logs.find(search);
  const { entries } = found;
  if (entries.length === 0) {
    await answer(ctx, { text: logPage(found, search, timesIn(deps, ctx)).text });
    return;
  }
  const written = logFileLines(entries, timesIn(deps, ctx));
  await answerWithDocument(ctx, {
    name: 'hubgram.log.txt',
    caption: text.file(entries.length),
    pieces: async function* () {
      for (const line of written) yield Buffer.from(line);
    },
  });
};

/** `/logs`: what the program has logged, for owners in their own chat. */
export const logsFeature = defineFeature({
  commands: {
    logs: {
      ...OWNERS,
      usage: { form: '[lines] [level] [words]', does: 'what the bot has logged, and what went wrong' },
      menu: { position: 105, description: 'What the bot has logged' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      logs: async (ctx) => {
        if (ctx.chat.type !== 'private') {
          await answer(ctx, { text: plain(text.onlyAlone) });
          return;
        }
        const search = readAsked(ctx.match);
        const page = await read(deps, ctx, search);
        await answer(ctx, { text: page.text, keyboard: buttonsFor(search) });
        if (!page.isWhole) await sendFile(deps, ctx, search);
      },
    },
    actions: {
      logs: async (ctx) => {
        if (ctx.chat?.type !== 'private') {
          await ctx.answerCallbackQuery({ text: text.onlyAlone, show_alert: true });
          return;
        }
        const { asFile, search } = readTap(ctx.match);
        await ctx.answerCallbackQuery();
        if (asFile) await sendFile(deps, ctx, { ...search, count: FILE_LINES });
        else {
          const page = await read(deps, ctx, search);
          await replace(ctx, { text: page.text, keyboard: buttonsFor(search) });
        }
      },
    },
  }),
});
