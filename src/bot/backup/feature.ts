/* bot/backup: /backup: has a backup of the database made, and sends it to an owner who wants it. */

import { defineFeature } from '../feature.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { help, text } from './text.ts';

/** `/backup`: a copy of the database, for owners in their own chat. */
export const backupFeature = defineFeature({
  commands: {
    backup: {
      who: 'owner',
      refusal: text.ownersOnly,
      usage: { form: '', does: 'makes a copy of the database, checks it and sends it' },
    },
  },
  actions: {},
  topic: help,
  build: ({ backups, store, clock }) => ({
    commands: {
      backup: async (ctx) => {
        if (ctx.chat.type !== 'private') {
          await answer(ctx, { text: plain(text.onlyAlone) });
          return;
        }
        const kept = store.backups.listBackupFiles();
        backups.request({ askedBy: ctx.chat.id, updateId: ctx.update.update_id });
        await answer(ctx, { text: plain(text.begun(kept, clock.now())) });
      },
    },
    actions: {},
  }),
});
