import type { Chat, Draft } from './chat.ts';
import type { World } from './world.ts';

/** A draft is a preview, and goes after half a minute. */
export const DRAFT_MS = 30_000;

/** What is being written in a chat; undefined if nothing is, or it has gone. */
export const draftIn = ({ clock }: Pick<World, 'clock'>, { draft }: Chat): Draft | undefined =>
  draft && clock.now() - draft.at < DRAFT_MS ? draft : undefined;

export const putDraft = (world: World, chat: Chat, draft: Omit<Draft, 'at'> | undefined): void => {
  if (!draft && !chat.draft) return;
  chat.draft = draft && { ...draft, at: world.clock.now() };
  world.changes.emit({ kind: 'draft', chat });
};
