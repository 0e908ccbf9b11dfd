import { importView } from '../../../library/moving/import-view.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { Import } from '../../../store/moving/imports.ts';
import { contentOf, type Drawing, type Slot, type SlotDeps } from '../slots.ts';
import { importCard } from './card.ts';

export interface ImportSlotDeps extends SlotDeps {
  readonly settings: Settings;
}

const draw = ({ store, settings }: ImportSlotDeps, made: Import): Drawing => {
  const rendering = importCard(importView(store, settings, made));
  const content = contentOf(rendering);
  return {
    rendering,
    content,
    drew: () => {
      const unmoved = store.imports.getImport(made.id)?.updatedAt === made.updatedAt;
      store.imports.setImportDrawn(made.id, content, unmoved);
    },
  };
};

const importSlot = (deps: ImportSlotDeps, made: Import): Slot => {
  const { imports } = deps.store;
  const { id, chatId, threadId, cardMessageId, messageId, state } = made;
  return {
    key: `import ${id}`,
    chatId,
    threadId,
    messageId: cardMessageId,
    replyTo: messageId !== null && messageId > 0 ? messageId : null,
    drawn: null,
    state,
    hurry: state === 'bringing' ? 'progress' : 'final',
    render: () => draw(deps, made),
    sent: (sentId) => imports.setImportCard(id, sentId),
    leaveThread: () => imports.leaveImportThread(id),
  };
};

/** What is brought in from files and is not on the screen yet. */
export const importSlots = (deps: ImportSlotDeps): Slot[] =>
  deps.store.imports.importsToDraw().map((made) => importSlot(deps, made));
