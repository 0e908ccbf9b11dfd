import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import { modelLabel, titleLine } from '../ui/label.ts';
import { lines, type Rendering } from '../ui/text.ts';

type LinkLost = Extract<Notice, { readonly kind: 'link_lost' }>;

/** That something else has taken a link away. @returns undefined if the model is gone by now, or if that was mended */
export const renderLinkLost = (store: Store, { modelId, payload }: LinkLost): Rendering | undefined => {
  const model = modelId === null ? undefined : store.models.getModel(modelId);
  const wanted = model && store.apps.appsOf(model.id).find(({ app }) => app === payload.app);
  if (!model || wanted?.state !== 'lost') return undefined;
  return {
    text: lines(
      titleLine(modelLabel(model), 'link gone'),
      payload.message,
      `/link #${model.id} ${payload.app} makes it anew.`,
    ),
  };
};
