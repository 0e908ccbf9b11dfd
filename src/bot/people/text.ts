/** What is said about who may use the bot. */
export const text = {
  becameOwner:
    'You are the owner of this bot now. Try /add gpt2, or /help. When somebody else writes to the bot, I will ask you.',
  ownersOnly: 'Only the owner of this bot decides that.',
  nobody: 'That request is gone.',
  nobodyWaits: 'Nobody waits to be let in any more.',
  decided: 'That was decided already.',
  approved: (name: string): string => `${name} may use hubgram now.`,
  askRefuse: (name: string, isGroup: boolean): string =>
    isGroup
      ? `Keep ${name} out? The group is told so once.`
      : `Keep ${name} out? They are told so once, and can use hubgram neither alone nor in a group.`,
  refused: (name: string): string => `${name} may not use hubgram, and is told so.`,
} as const;
