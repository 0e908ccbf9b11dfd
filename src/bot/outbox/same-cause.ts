import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';

/** Whether a notice tells the end of a download. */
export const isEnd = (notice: Notice): boolean => notice.kind === 'completed' || notice.kind === 'failed';

/** The topic its card stands in. */
export const threadOf = (store: Store, { modelId }: Notice): number | null =>
  (modelId === null ? undefined : store.cards.cardOf(modelId)?.threadId) ?? null;

type AboutMessage = 'link_offer' | 'update_given_up' | 'too_fast' | 'renewals_looked_up';

const ABOUT_MESSAGES: readonly string[] = [
  'link_offer',
  'update_given_up',
  'too_fast',
  'renewals_looked_up',
] satisfies AboutMessage[];

const isAboutMessage = (notice: Notice): notice is Extract<Notice, { readonly kind: AboutMessage }> =>
  ABOUT_MESSAGES.includes(notice.kind);

/** The message that a notice replies to, and its topic; undefined: it is about no message. */
export const messageAnswered = (
  store: Store,
  notice: Notice,
): { readonly messageId: number | null; readonly threadId: number | null } | undefined => {
  if (notice.kind === 'verified') {
    const verification = store.verifications.getVerification(notice.payload.verificationId);
    return verification && { messageId: verification.cardMessageId, threadId: verification.threadId };
  }
  if (notice.kind === 'access_not_given') {
    const request = store.addRequests.getAddRequest(notice.payload.requestId);
    return request && { messageId: request.cardMessageId, threadId: request.threadId };
  }
  if (!isAboutMessage(notice)) return undefined;
  const { messageId, threadId = null } = notice.payload;
  return { messageId, threadId };
};

/** Why a download failed, without the name of what failed. */
export const withoutName = (store: Store, { sessionId }: Notice): string => {
  const session = sessionId === null ? undefined : store.sessions.getDownloadSession(sessionId);
  return session ? (session.errorMessage ?? '').replaceAll(session.modelName, '…') : '';
};

/** Figures differ each time. */
const withoutFigures = (reason: string): string => reason.replace(/\d+/g, '0');

/** The same text for failures that have the same cause: without names and figures. */
export const causeOf = (store: Store, notice: Notice): string => withoutFigures(withoutName(store, notice));

/** A message that has told of a failure, and tells of those that follow with the same cause. */
export interface Told {
  readonly messageId: number;
  /** When it changed last, milliseconds since the epoch. */
  readonly at: number;
}

/** Equal for failures that one message tells: of one cause, in one topic. */
const keyOf = (threadId: number | null, cause: string): string => `${threadId} ${cause}`;

/**
 * Failures whose cause was told in their chat and topic since then: nobody is woken twice for one cause.
 * @param notices of one chat
 */
export const toldSince = (store: Store, notices: readonly Notice[], since: string): ReadonlyMap<Notice, Told> => {
  const failures = notices.filter(({ kind }) => kind === 'failed');
  const [first] = failures;
  if (!first) return new Map();
  const told = new Map(
    store.outbox
      .failuresTold(first.chatId, since)
      .map(({ messageId, threadId, cause, sentAt }): [string, Told] => [
        keyOf(threadId, withoutFigures(cause)),
        { messageId, at: Date.parse(sentAt) },
      ]),
  );
  return new Map(
    failures.flatMap((notice) => {
      const message = told.get(keyOf(threadOf(store, notice), causeOf(store, notice)));
      return message ? [[notice, message] as const] : [];
    }),
  );
};
