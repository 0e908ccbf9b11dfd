/* bot/queue: /queue, and what starts, stops and moves in it, one or all. */

import { defineFeature, LOOK_ONLY } from '../feature.ts';
import { cancelling } from './cancel.ts';
import { following } from './follow.ts';
import { holding } from './hold.ts';
import { MEMBERS, queueMenu } from './menu.ts';
import { moving, ranking } from './order.ts';
import { summaryButtons } from './summary.ts';
import { help, text } from './text.ts';
import { controlling } from './verbs.ts';

/** Others want it, and lose what has arrived of it. */
const ASKERS = { who: 'asker', refusal: text.notAllowed } as const;

const actions = {
  pause: { who: 'member' },
  resume: { who: 'member' },
  retry: { who: 'member' },
  start: { who: 'member' },
  cancel: ASKERS,
  cancelled: ASKERS,
  cancelAll: ASKERS,
  keep: { who: 'member' },
  pauseAll: { who: 'member' },
  resumeAll: { who: 'member' },
  follow: { who: 'viewer' },
  first: { who: 'member' },
  up: { who: 'member' },
  down: { who: 'member' },
  rank: { who: 'member' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'queue'> {}
}

/** `/queue` and what moves a download: pause, resume, cancel, retry, download, its place; as commands and as buttons. */
export const queueFeature = defineFeature({
  commands: {
    queue: {
      who: 'viewer',
      usage: {
        form: '[smallest|added]',
        does: 'what downloads, what waits and for what; what is paused, failed or cancelled',
      },
      parts: { order: { who: 'member', refusal: LOOK_ONLY, example: 'smallest' } },
      menu: { position: 2, description: 'What downloads and what waits' },
    },
    pause: {
      who: 'member',
      usage: { form: '<name|all>', does: 'stops a download, and keeps what has arrived' },
      menu: { position: 4, description: 'Pause a download, or all' },
    },
    resume: {
      who: 'member',
      usage: { form: '<name|all>', does: 'goes on with what is paused' },
      menu: { position: 5, description: 'Go on with a paused download, or all' },
    },
    download: {
      who: 'member',
      usage: { form: '<name|all>', does: 'starts what waits for a schedule or a word, now' },
      menu: { position: 25, description: 'Start what waits, now' },
    },
    first: {
      who: 'member',
      usage: { form: '<name>', does: 'puts what waits first' },
      menu: { position: 27, description: 'Put a waiting model first' },
    },
    up: {
      who: 'member',
      usage: { form: '<name>', does: 'moves what waits up by one place' },
      menu: { position: 28, description: 'Move a waiting model up' },
    },
    down: {
      who: 'member',
      usage: { form: '<name>', does: 'moves what waits down by one place' },
      menu: { position: 29, description: 'Move a waiting model down' },
    },
    priority: {
      who: 'member',
      usage: { form: '<name> <high|medium|low>', does: 'counts before the place in the queue' },
      menu: { position: 30, description: 'Set a priority: /priority #12 high' },
    },
    retry: {
      who: 'member',
      usage: { form: '<name|all|failed>', does: 'tries again what has failed' },
      menu: { position: 26, description: 'Try a failed download again' },
    },
    cancel: {
      ...ASKERS,
      usage: { form: '<name|all>', does: 'asks, then drops what has arrived; alone, it leaves a dialogue' },
      menu: { position: 8, description: 'Cancel a download, or leave a dialogue' },
    },
    hold: {
      who: 'owner',
      refusal: text.ownersOnly,
      usage: { form: '', does: 'stops every download of every chat' },
      menu: { position: 101, description: 'Hold every download of every chat' },
    },
    unhold: {
      who: 'owner',
      refusal: text.ownersOnly,
      usage: { form: '', does: 'lets all downloads go on' },
      menu: { position: 102, description: 'Let the downloads go on' },
    },
  },
  actions,
  doors: { menu: { ...MEMBERS, does: 'Pause all, Resume all, Retry failed, Ask again, and the order' } },
  topic: help,
  opener: { who: 'viewer', number: 3, label: 'Queue' },
  build: (deps) => {
    const { menu, show } = queueMenu(deps);
    const parts = {
      control: controlling(deps),
      cancel: cancelling(deps),
      summary: summaryButtons(deps),
      follow: following(deps),
      moving: moving(deps),
      rank: ranking(deps),
    };
    return {
      menu,
      open: (ctx) => show(ctx),
      commands: {
        queue: (ctx, may) => show(ctx, ctx.match, () => may({ part: 'order' })),
        ...parts.control.commands,
        ...parts.cancel.commands,
        ...parts.moving.commands,
        ...parts.rank.commands,
        ...holding(deps).commands,
      },
      actions: {
        ...parts.control.actions,
        ...parts.cancel.actions,
        ...parts.summary.actions,
        ...parts.follow.actions,
        ...parts.moving.actions,
        ...parts.rank.actions,
      },
    };
  },
});
