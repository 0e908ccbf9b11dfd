/* bot/jobs: /jobs: what an inference server has asked for, seen from the chat. */

import { PULL_STATUSES, type PullStatus } from '../../domain/pulls/pull-job.ts';
import { timesOf } from '../../library/model-view.ts';
import { pullPage } from '../../library/pulling/pulling.ts';
import type { BotDeps } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { answer } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { askRemoval, removalActions } from './remove.ts';
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

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = { jobAsk: OWNERS, jobRemove: OWNERS, jobUndo: OWNERS } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'jobs'> {}
}

const REMOVE = /^remove(?:\s+|$)/i;

/** `/jobs`: what an inference server has asked for over HTTP, for owners in their own chat. */
export const jobsFeature = defineFeature({
  commands: {
    jobs: {
      ...OWNERS,
      usage: {
        form: '[status|remove <name> [files]]',
        does: 'what an inference server has asked for, and takes a model out of it',
      },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      jobs: async (ctx) => {
        const said = ctx.match.trim();
        if (ctx.chat.type !== 'private') await answer(ctx, { text: plain(text.onlyAlone) });
        else if (REMOVE.test(said)) await askRemoval(deps, ctx, said.replace(REMOVE, ''));
        else await answer(ctx, render(deps, ctx.chat.id, said));
      },
    },
    actions: removalActions(deps),
  }),
});
