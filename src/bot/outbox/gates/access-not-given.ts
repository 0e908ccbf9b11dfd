import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../../ui/buttons.ts';
import { acceptedOf, pageRow } from '../../ui/gates/access.ts';
import { titleLine } from '../../ui/label.ts';
import { lines, type Rendering, shorten } from '../../ui/text.ts';

const LABEL_LIMIT = 120;

/** That a day has brought no access to what was asked for; undefined: somebody has tried it again, or left it. */
export const renderNotGiven = (
  { addRequests }: Pick<Store, 'addRequests'>,
  { payload }: Extract<Notice, { readonly kind: 'access_not_given' }>,
): Rendering | undefined => {
  const request = addRequests.getAddRequest(payload.requestId);
  if (request?.state !== 'failed' || request.notBefore !== null) return undefined;
  const failure = request.choices?.kind === 'failure' ? request.choices : undefined;
  return {
    text: lines(
      titleLine(shorten(request.ref, LABEL_LIMIT), 'failed'),
      'I have looked for a day, and may not read it yet. I do not look by myself any more.',
      request.errorMessage ?? undefined,
    ),
    keyboard: {
      inline_keyboard: [
        ...pageRow(failure?.page),
        [actionButton(acceptedOf(failure?.isByHand), 'again', request.id, 'primary')],
      ],
    },
  };
};
