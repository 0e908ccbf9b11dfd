import type { DownloadSession } from '../../domain/session.ts';

/**
 * The sentence of a failed download, on its card and in its notice: what is wrong, and what would be right, as whatever threw
 * it says it (`domain/errors.ts`).
 * @param session its newest; undefined if there is none
 */
export const failureSentence = (session: Pick<DownloadSession, 'errorMessage'> | undefined): string =>
  session?.errorMessage ?? 'The download did not work.';
