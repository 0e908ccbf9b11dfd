import { PULL_STATUSES, type PullStatus } from '../../domain/pulls/pull-job.ts';
import { timesOf } from '../../library/model-view.ts';
import { pullPage } from '../../library/pulling/pulling.ts';
import type { BotDeps } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { answer } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { help, jobsText, text } from './text.ts';

/** What a message has room for. */
const SHOWN_MOST = 8;

const statusOf = (word: string): PullStatus | undefined =>
  PULL_STATUSES.find((status) => status === word.toLowerCase());

const render = (deps: BotDeps, chatId: number, typed: string): Rendering => {
  const status = typed === '' ? undefined : statusOf(typed);
  if (typed !== '' && status === undefined) return { text: plain(text.unknown(typed)) };
  const page = pullPage(deps, { status, limit: SHOWN_MOST });
  if (page.total === 0) return { text: plain(status === undefined ? text.none : text.noneSo(status)) };
  return { text: jobsText(page, timesOf(deps, chatId)) };
};

/** `/jobs`: what an inference server has asked for over HTTP, for owners in their own chat. */
export const jobsFeature = defineFeature({
  commands: { jobs: { who: 'owner', refusal: text.ownersOnly } },
  actions: {},
  topic: help,
  build: (deps) => ({
    commands: {
      jobs: async (ctx) => {
        const alone = ctx.chat.type === 'private';
        await answer(ctx, alone ? render(deps, ctx.chat.id, ctx.match.trim()) : { text: plain(text.onlyAlone) });
      },
    },
    actions: {},
  }),
});
