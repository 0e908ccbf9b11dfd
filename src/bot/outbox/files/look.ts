import { modelIn } from '../../../library/find.ts';
import type { FileSend } from '../../../store/messages/file-sends.ts';
import type { Store } from '../../../store/store.ts';
import { modelLabel } from '../../ui/label.ts';
import { threadOf } from './thread.ts';
import { captionOf } from './text.ts';

/** Where a document goes, and what stands under it. */
export const lookOf = (store: Store, send: FileSend) => {
  const { chatId, modelId, path } = send;
  const model = modelIn(store, chatId, modelId);
  const { caption, caption_entities } = captionOf(model ? modelLabel(model) : '', path);
  return {
    chatId,
    other: {
      caption,
      caption_entities,
      disable_notification: true,
      // Telegram would look into it and show it as something else, as a video.
      disable_content_type_detection: true,
      ...threadOf(send),
    },
  };
};
