import { AppError } from '../../domain/errors.ts';
import type { Got } from '../../lib/net/get.ts';
import { type LocateRequest, TEXT_MOST_BYTES, type TextFound } from '../port.ts';
import type { Call, Http } from './http.ts';
import { checkStatus, follow } from './json.ts';

/** The beginning of an answer. What follows is not asked for. */
const readBeginning = async ({ body }: Got): Promise<TextFound> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > TEXT_MOST_BYTES) break;
  }
  // Of a character that the end cuts through nothing is shown.
  const decoder = new TextDecoder('utf-8');
  const all = Buffer.concat(chunks).subarray(0, TEXT_MOST_BYTES);
  const isWhole = bytes <= TEXT_MOST_BYTES;
  return { text: decoder.decode(all, { stream: !isWhole }), isWhole };
};

/**
 * What a text file of a repository says. From the Hub itself, the token with it; one that lies on another host, as large files do, is none.
 * @throws AppError as `answerError` says; changed: another commit than asked for; integrity: it lies elsewhere
 */
export const readText = async (http: Http, file: LocateRequest, signal: AbortSignal): Promise<TextFound> => {
  const { type, id, commit: revision, path, gate } = file;
  const call: Call = { subject: { type, id, revision, path, gate }, signal };
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const url = new URL(`${http.repoUrl(file)}/resolve/${encodeURIComponent(revision)}/${encoded}`);
  const { response } = await follow(http, url, call, 'text/plain, text/markdown, */*');
  checkStatus(http, response, call);
  const commit = response.header('x-repo-commit');
  if (commit !== undefined && commit !== revision) {
    response.discard();
    throw new AppError('changed', `${http.host} gave ${path} of ${id} from another commit than asked for.`);
  }
  return readBeginning(response).catch((error: unknown) => {
    throw http.failure(error, signal);
  });
};
