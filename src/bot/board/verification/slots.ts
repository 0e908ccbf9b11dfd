import { timesOf } from '../../../library/model-view.ts';
import { type VerificationViewDeps, verificationView } from '../../../library/verifying/verification-view.ts';
import type { Verification } from '../../../store/verifying/verifications.ts';
import { contentOf, type Drawing, type Slot } from '../slots.ts';
import { verificationCard } from './card.ts';

type VerificationSlotDeps = VerificationViewDeps & Parameters<typeof timesOf>[0];

const draw = (deps: VerificationSlotDeps, verification: Verification): Drawing => {
  const { verifications } = deps.store;
  const { id, chatId, state, updatedAt } = verification;
  const rendering = verificationCard(verificationView(deps, verification), timesOf(deps, chatId));
  const content = contentOf(rendering);
  return {
    rendering,
    content,
    drew: () => {
      const unmoved = verifications.getVerification(id)?.updatedAt === updatedAt;
      verifications.setVerificationDrawn(id, content, state !== 'reading' && unmoved);
    },
  };
};

const slotOf = (deps: VerificationSlotDeps, verification: Verification): Slot => {
  const { verifications } = deps.store;
  const { id, chatId, threadId, cardMessageId, messageId, state } = verification;
  return {
    key: `verification ${id}`,
    chatId,
    threadId,
    messageId: cardMessageId,
    replyTo: messageId,
    drawn: null,
    state,
    hurry: state !== 'reading' ? 'final' : cardMessageId === null ? 'new' : 'progress',
    render: () => draw(deps, verification),
    sent: (sentId) => verifications.setVerificationCard(id, sentId),
    leaveThread: () => verifications.leaveVerificationThread(id),
  };
};

/** What is being read again, and what was read and is not on the screen yet. */
export const verificationSlots = (deps: VerificationSlotDeps): Slot[] =>
  deps.store.verifications.verificationsToDraw().map((verification) => slotOf(deps, verification));
