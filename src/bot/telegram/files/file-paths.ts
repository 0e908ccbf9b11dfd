import { Api, type ApiClientOptions, GrammyError } from 'grammy';
import { AppError } from '../../../domain/errors.ts';
import { askedPauseMs, TOO_MANY_REQUESTS } from '../too-many-requests.ts';

type Signal = Parameters<Api['getFile']>[1];

/** What the Bot API's refusal of a file means. Its errors go no further: what is wrapped in them may hold the token. */
const refusalOf = (error: unknown): AppError => {
  if (!(error instanceof GrammyError)) return new AppError('unreachable', 'Telegram cannot be reached.');
  const { error_code: code, description, parameters } = error;
  if (code === TOO_MANY_REQUESTS)
    return new AppError('rate_limited', 'Telegram asks to wait.', {
      retryAfterMs: askedPauseMs(parameters.retry_after),
    });
  if (/too big/i.test(description))
    return new AppError(
      'constraint',
      'Telegram says that this file is too big for bots: it gives 20 MB. With a Bot API server of one’s own in --local mode it could be kept (TELEGRAM_API_ROOT).',
    );
  if (code === 400 && /wrong|invalid/i.test(description) && !/temporarily/i.test(description))
    return new AppError('not_found', 'Telegram does not know that file any more. Send it again, with /keep.');
  return new AppError('unavailable', 'Telegram does not give that file for now.');
};

interface FilePathsOptions extends Required<Pick<ApiClientOptions, 'apiRoot' | 'timeoutSeconds'>> {
  readonly token: string;
  readonly agent: object;
}

/** Asks for the place of a file at the Bot API server. @throws AppError, as `TelegramFiles` says; the signal's reason */
export type FilePaths = (fileId: string, signal: AbortSignal) => Promise<string>;

/** Asks over the connections that are given. */
export const createFilePaths = ({ token, apiRoot, timeoutSeconds, agent }: FilePathsOptions): FilePaths => {
  const api = new Api(token, { apiRoot, timeoutSeconds, baseFetchConfig: { agent } });
  return async (fileId, signal) => {
    const { file_path: path = '' } = await api.getFile(fileId, signal as Signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw refusalOf(error);
    });
    return path;
  };
};
