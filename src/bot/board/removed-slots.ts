import type { InlineKeyboardButton } from 'grammy/types';
import { hasCopy } from '../../domain/model.ts';
import type { RemovedMessage, RemovedModel } from '../../domain/removals/removed-model.ts';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { type Times, timesOf } from '../../library/model-view.ts';
import { actionButton } from '../ui/buttons.ts';
import { modelLabel, titleLine } from '../ui/label.ts';
import { lines, type Rendering } from '../ui/text.ts';
import { awayText } from '../ui/waiting.ts';
import { contentOf, type Drawing, type Slot, type SlotDeps } from './slots.ts';

/** What models have again of a removed one: the same in its library, or its files in another. */
interface Again {
  readonly isHere: boolean;
  readonly isElsewhere: boolean;
  /** The machine that it was on was let go. */
  readonly isLetGo: boolean;
  /** That this machine is not heard of, in a sentence without its dot. */
  readonly away: string | undefined;
}

/** What becomes of what lies on the disk, as long as it can be undone. */
const keptLine = ({ model, freedBytes, taking }: RemovedModel, again: Again): string => {
  if (freedBytes > 0 && again.isElsewhere) return 'Its files stay on the disk: another model has them.';
  if (!hasCopy(model)) return 'What has arrived of it goes within the hour.';
  if (freedBytes === 0 || taking === 'nothing') return 'Its files stay on the disk.';
  return `${formatBytes(freedBytes)} are free within the hour, and at once when something needs the room.`;
};

const goneLine = ({ model, freedBytes, taking }: RemovedModel, { away }: Again): string | undefined => {
  if (freedBytes > 0) return `${formatBytes(freedBytes)} are free now.`;
  if (away !== undefined && taking !== 'nothing')
    return `${away}: what goes with it is deleted when it is reached again.`;
  return hasCopy(model) ? 'Its files stay on the disk.' : undefined;
};

const keptButtons = ({ modelId, model, freedBytes }: RemovedModel, again: Again): InlineKeyboardButton[] => [
  actionButton('Undo', 'undo', modelId, 'primary'),
  ...((freedBytes > 0 && !again.isElsewhere) || !hasCopy(model)
    ? [actionButton('Free it now', 'freeNow', modelId)]
    : []),
];

/** What a message says of a model that was removed. */
const removedCard = (removed: RemovedModel, again: Again, { timezone, now }: Times): Rendering => {
  const { state, model, modelId, notBefore } = removed;
  const label = modelLabel(model);
  switch (state) {
    case 'kept': {
      if (again.isHere) {
        return { text: lines(titleLine(label, 'removed'), 'It was added again meanwhile: it is in this library.') };
      }
      if (again.isLetGo) {
        const where = `${model.hostName}, which is none of my machines any more`;
        return { text: lines(titleLine(label, 'removed'), `It was on ${where}. Its files stay on the disk there.`) };
      }
      const until = formatLocal(Date.parse(notBefore), timezone, now);
      return {
        text: lines(
          titleLine(label, 'removed'),
          keptLine(removed, again),
          again.away !== undefined &&
            !again.isElsewhere &&
            removed.taking !== 'nothing' &&
            `${again.away}: nothing is deleted there until it is reached again.`,
          `It can be brought back as it was until ${until}.`,
        ),
        keyboard: { inline_keyboard: [keptButtons(removed, again)] },
      };
    }
    case 'going':
      return {
        text: lines(
          titleLine(label, 'removed'),
          again.away === undefined
            ? 'What goes with it is being deleted.'
            : `${again.away}: what goes with it is deleted when it is reached again.`,
        ),
      };
    case 'gone':
      return { text: lines(titleLine(label, 'removed'), goneLine(removed, again)) };
    case 'undone':
      return {
        text: lines(titleLine(label, 'brought back'), 'It is in this library as it was.'),
        keyboard: { inline_keyboard: [[actionButton('Show', 'show', modelId)]] },
      };
  }
};

const drawRemoved = (deps: SlotDeps, removed: RemovedModel, { kind }: RemovedMessage): Drawing => {
  const { removedModels } = deps.store;
  const { modelId, chatId, updatedAt } = removed;
  const { copies } = deps.store;
  const times = timesOf(deps, chatId);
  const away = deps.queue.hostAway(removed.model.hostId);
  const again = {
    isHere: removedModels.isHereAgain(modelId),
    isElsewhere: removed.copyId !== null && copies.isHad(removed.copyId),
    isLetGo: removedModels.isOnHostLetGo(modelId),
    away: away && awayText(away, times),
  };
  const rendering = removedCard(removed, again, times);
  return {
    rendering,
    content: contentOf(rendering),
    drew: () => {
      // It may have moved on while Telegram answered: then the next look draws it again.
      if (removedModels.getRemoved(modelId)?.updatedAt === updatedAt) removedModels.setSettled(modelId, kind);
    },
  };
};

const removedSlot = (deps: SlotDeps, removed: RemovedModel, message: RemovedMessage): Slot => ({
  key: `removed ${removed.modelId} ${message.kind}`,
  chatId: removed.chatId,
  threadId: null,
  messageId: message.messageId,
  replyTo: null,
  drawn: null,
  state: removed.state,
  hurry: 'final',
  render: () => drawRemoved(deps, removed, message),
  // Whoever deletes what tells of a removal has read it: it is not sent anew.
  sent: (messageId) => {
    if (messageId === null) deps.store.removedModels.loseMessage(removed.modelId, message.kind);
  },
  leaveThread: () => undefined,
});

/** The messages that tell of removals, as far as they do not show what is true. */
export const removedSlots = (deps: SlotDeps): Slot[] =>
  deps.store.removedModels
    .removedToDraw()
    .flatMap((removed) =>
      removed.messages.filter(({ isSettled }) => !isSettled).map((message) => removedSlot(deps, removed, message)),
    );
