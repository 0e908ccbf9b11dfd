import { formatBytes } from '../../lib/text/bytes.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { actionButton } from '../ui/buttons.ts';
import { modelLabel, titleLine } from '../ui/label.ts';
import { lines, type Rendering } from '../ui/text.ts';

/** What a model had before it was changed, which a person may let go or keep; undefined if it is gone already. */
export const renderSetAside = (
  { models }: Pick<Store, 'models'>,
  { modelId, payload }: Extract<Notice, { readonly kind: 'set_aside' }>,
): Rendering | undefined => {
  const model = modelId === null ? undefined : models.getModel(modelId);
  const before = models.getModel(payload.modelId);
  if (!model || !before) return undefined;
  const size = payload.bytes === undefined ? 'it' : formatBytes(payload.bytes);
  return {
    text: lines(
      titleLine(modelLabel(model), 'changed'),
      `What it had before is still here, as ${modelLabel(before)}.`,
      payload.bytes !== undefined && `Without that, ${size} would be free.`,
    ),
    keyboard: {
      inline_keyboard: [
        [actionButton(`Drop ${size}`, 'erase', before.id, 'danger'), actionButton('Keep', 'keep', `${before.id}:1`)],
      ],
    },
  };
};
