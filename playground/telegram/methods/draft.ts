import { readChatFor } from './access.ts';
import { badRequest } from '../api-error.ts';
import type { Call, Methods } from './method.ts';
import { readThread } from './send.ts';
import { readDraftText } from '../text/texts.ts';
import { putDraft } from '../world/drafts.ts';
import { userById } from '../world/world.ts';

/** The words for a group are those of the servers; how they refuse an id of 0 is not written down anywhere. */
const sendMessageDraft = ({ world, args }: Call): unknown => {
  const { text } = readDraftText(args, (id) => userById(world, id));
  const chat = readChatFor(world, args, 'send');
  if (chat.type !== 'private') throw badRequest('TEXTDRAFT_PEER_INVALID');
  readThread(args, chat);
  const id = args.int('draft_id') ?? 0;
  if (id === 0) throw badRequest('draft identifier must be non-zero');
  putDraft(world, chat, { id, text, canStop: args.flag('can_stop') });
  return true;
};

export const draftMethods: Methods = { sendMessageDraft };
