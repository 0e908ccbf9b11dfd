/* bot/outbox/gates: what is said of access to a repository that is missing, or was not given. */

import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../../ui/buttons.ts';
import { ACCEPTED, LOOKS_BY_ITSELF, pageRow } from '../../ui/gates/access.ts';
import { modelLabel, titleLine } from '../../ui/label.ts';
import { lines, type Rendering } from '../../ui/text.ts';

/** That a download waits for access which a person has to ask for; undefined: it waits for that no more. */
export const renderAccessNeeded = (
  { models, sessions }: Pick<Store, 'models' | 'sessions'>,
  { modelId, sessionId }: Extract<Notice, { readonly kind: 'access_needed' }>,
): Rendering | undefined => {
  const model = modelId === null ? undefined : models.getModel(modelId);
  const session = sessionId === null ? undefined : sessions.getDownloadSession(sessionId);
  const access = session?.metadata?.access;
  if (model?.status !== 'pending' || !session || !access) return undefined;
  return {
    text: lines(titleLine(modelLabel(model), 'waits for access'), session.errorMessage ?? undefined, LOOKS_BY_ITSELF),
    keyboard: { inline_keyboard: [...pageRow(access.page), [actionButton(ACCEPTED, 'start', model.id, 'primary')]] },
  };
};
