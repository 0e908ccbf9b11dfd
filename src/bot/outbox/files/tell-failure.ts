import type { ModelFile } from '../../../library/sending/sending.ts';
import type { FileSend } from '../../../store/messages/file-sends.ts';
import { apiFailure } from '../../telegram/api-failure.ts';
import { messageParameters, type Rendering } from '../../ui/text.ts';
import { threadOf } from './thread.ts';
import type { SendFilesDeps } from './progress.ts';
import { failureText, notHere, notListed } from './text.ts';

const renderingOf = ({ modelId, path, failure, errorMessage }: FileSend, of: ModelFile | undefined): Rendering => {
  if (!of || failure === null) return notListed(path);
  return failure === 'gone'
    ? notHere(modelId, path, of.copy.path !== null)
    : failureText(of, { failure, errorMessage });
};

/** Told already, or nobody is there to be told. */
const SETTLED = ['unchanged', 'unreachable', 'refused'];

/**
 * Says why a file does not come, in the message that said how far it was or in a new one, and takes the wish away.
 * @param of undefined if it is gone from its library
 * @throws what grammY throws: it is still to be said
 */
export const tellFailure = async (
  { store, api, budget, clock }: SendFilesDeps,
  send: FileSend,
  of: ModelFile | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const { id, chatId, messageId } = send;
  const { text, look } = messageParameters(renderingOf(send, of));
  const end = signal as Parameters<typeof api.sendMessage>[3];
  budget.spend(chatId, 'final', clock.monotonic());
  const sendAnew = () => api.sendMessage(chatId, text, { ...look, ...threadOf(send) }, end);
  try {
    if (messageId === null) await sendAnew();
    else
      await api.editMessageText(chatId, messageId, text, look, end).catch(async (error: unknown) => {
        if (apiFailure(error).kind !== 'message_gone') throw error;
        // Who has deleted what said how far it was still waits for the file.
        await sendAnew();
      });
  } catch (error) {
    if (!SETTLED.includes(apiFailure(error).kind)) throw error;
  }
  store.fileSends.dropFileSend(id);
};
