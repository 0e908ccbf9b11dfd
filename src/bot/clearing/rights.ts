import type { Api } from 'grammy';
import type { Clock } from '../../lib/clock.ts';

/** How long a group's answer is believed. */
const RIGHT_TTL_MS = 3_600_000;
/** More groups than this are asked anew. */
const KNOWN_MOST = 10_000;

/** Whether the bot may delete what others write: alone with a person always, in a group where an admin lets it. */
export type MayDelete = (chatId: number) => Promise<boolean>;

/** @throws GrammyError, HttpError as the question to Telegram does */
export const createMayDelete = ({ api, clock }: { readonly api: Api; readonly clock: Clock }): MayDelete => {
  const known = new Map<number, { readonly at: number; readonly may: boolean }>();
  let me: number | undefined;
  return async (chatId) => {
    if (chatId > 0) return true;
    const now = clock.monotonic();
    const cached = known.get(chatId);
    if (cached && now - cached.at < RIGHT_TTL_MS) return cached.may;
    me ??= (await api.getMe()).id;
    const member = await api.getChatMember(chatId, me);
    const may = member.status === 'administrator' && member.can_delete_messages;
    if (known.size >= KNOWN_MOST) known.clear();
    known.set(chatId, { at: now, may });
    return may;
  };
};
