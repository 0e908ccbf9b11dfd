import type { FileSend } from '../../../store/messages/file-sends.ts';

/** Where in its chat a file is sent, and all that is said of it. */
export const threadOf = ({ threadId, replyTo }: FileSend) => ({
  ...(threadId === null ? {} : { message_thread_id: threadId }),
  ...(replyTo === null ? {} : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
});
