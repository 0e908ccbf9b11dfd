import { join } from 'node:path';
import { FormattedString } from '@grammyjs/parse-mode';
import type { Copy } from '../../../domain/copy.ts';
import type { RepoFile } from '../../../domain/listing.ts';
import { formatBytes } from '../../../lib/text/bytes.ts';
import type { ModelFile } from '../../../library/sending/sending.ts';
import type { SendFailure } from '../../../store/messages/file-sends.ts';
import { actionButton } from '../../ui/buttons.ts';
import { copyButton, lines, percent, type Rendering, shorten } from '../../ui/text.ts';

const PATH_LIMIT = 150;
const LABEL_LIMIT = 200;
const REASON_LIMIT = 200;

/** A path on one line, whatever is in it. */
export const shownPath = (path: string): string => shorten(path.replace(/[\p{C}\p{Z}]/gu, ' '), PATH_LIMIT);

/** As code: Telegram makes links of names such as README.md and run.py, which end like domains. */
export const pathAsCode = (path: string): FormattedString => FormattedString.code(shownPath(path));

/** What stands under the document. */
export const captionOf = (label: string, path: string): FormattedString =>
  FormattedString.join([`${shorten(label, LABEL_LIMIT)} · `, pathAsCode(path)]);

/** Where a file lies on the machine; undefined as long as nobody knows. */
const pathOf = ({ path }: Copy, file: RepoFile): string | undefined =>
  path === null ? undefined : join(path, file.path);

/** Where it can be had instead. */
const onTheMachine = ({ copy, file }: ModelFile): Pick<Rendering, 'keyboard'> & { readonly line?: FormattedString } => {
  const path = pathOf(copy, file);
  if (path === undefined) return {};
  const button = copyButton('Copy path', path);
  return {
    line: FormattedString.join(['It lies on the machine: ', FormattedString.code(path)]),
    ...(button.length > 0 ? { keyboard: { inline_keyboard: [button] } } : {}),
  };
};

const withPath = (sentence: FormattedString, of: ModelFile): Rendering => {
  const { line, ...rest } = onTheMachine(of);
  return { text: lines(sentence, line), ...rest };
};

/** Of a file that is larger than what Telegram takes. @param most in bytes */
export const tooLarge = (of: ModelFile, most: number): Rendering =>
  withPath(
    FormattedString.join([
      pathAsCode(of.file.path),
      ` is ${formatBytes(of.file.size)}: as a document I may send ${formatBytes(most)} at most.`,
    ]),
    of,
  );

/** Of a file that is not on the disk. @param isComplete its model was: then it can be fetched again */
export const notHere = (modelId: number, path: string, isComplete: boolean): Rendering => {
  if (!isComplete)
    return { text: FormattedString.join([pathAsCode(path), ' is not here yet: its model is not complete.']) };
  return {
    text: FormattedString.join([pathAsCode(path), ' is not on the disk any more, or is not what it was.']),
    keyboard: { inline_keyboard: [[actionButton('Fetch again', 'start', modelId)]] },
  };
};

/** Of one that is in the library no more. */
export const notListed = (path: string): Rendering => ({
  text: FormattedString.join([
    pathAsCode(path),
    ' is not in this library any more: its model was removed or updated. /files shows what is.',
  ]),
});

interface Failed {
  readonly failure: Exclude<SendFailure, 'gone'>;
  readonly errorMessage: string | null;
}

/** Why a file does not come, and where it is. */
export const failureText = (of: ModelFile, { failure, errorMessage }: Failed): Rendering => {
  const name = pathAsCode(of.file.path);
  const say = (...words: readonly (string | FormattedString)[]): Rendering =>
    withPath(FormattedString.join([...words]), of);
  switch (failure) {
    case 'too_large':
      return say(name, ` is ${formatBytes(of.file.size)}: that is more than Telegram takes.`);
    case 'refused':
      return say('Telegram does not take ', name, `. It says: ${shorten(errorMessage ?? '', REASON_LIMIT)}`);
    case 'not_through':
      return say(
        name,
        ` did not get through to Telegram, however often I tried: the way there is broken, or too slow for ${formatBytes(of.file.size)}. Ask for it again when it works.`,
      );
  }
};

/**
 * How far a file is that is on its way. @param read bytes that have gone into the call; undefined: it waits
 * @param again it did not get through before
 */
export const progressText = ({ file }: ModelFile, read: number | undefined, again: boolean): FormattedString => {
  const name = pathAsCode(file.path);
  if (read === undefined && again)
    return FormattedString.join([name, ' · did not get through to Telegram, is tried again in a moment']);
  if (read === undefined) return FormattedString.join([name, ' · waits for its turn to be sent']);
  if (read >= file.size) return FormattedString.join([name, ' · sent, waiting for Telegram']);
  const share = `${percent(read, file.size)} % of ${formatBytes(file.size)}`;
  return FormattedString.join([name, ` · sending, ${share}`]);
};
