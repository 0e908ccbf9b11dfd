import type { Model } from '../../domain/model.ts';
import { modelLabel } from '../ui/label.ts';
import { count } from '../ui/text.ts';

/** What the undo feature says. */
export const text = {
  nothing: 'There is nothing to undo: what was removed can be brought back for an hour, unless its room was needed.',
  awaitsHost: (amount: number): string =>
    `Nothing can be brought back now. ${count(amount, 'model')} left with a machine that was let go: if it joins again within the hour, /undo brings ${amount === 1 ? 'it' : 'them'} back.`,
  nothingLike: (name: string): string =>
    `Nothing like “${name}” was removed here in the last hour that can be brought back.`,
  freedAlready: (model: Model): string =>
    `The room of ${modelLabel(model)} was freed: it cannot be brought back. /add ${modelLabel(model)} fetches it again.`,
  /** @param others how many more can be brought back */
  back: (models: readonly Model[], others: number): string => {
    const [first] = models;
    const what = models.length === 1 && first ? `${modelLabel(first)} is` : `${count(models.length, 'model')} are`;
    const which = others === 1 ? 'One more removal' : `${others} more removals`;
    const more = others > 0 ? ` ${which} can be undone: /undo` : '';
    return `${what} back in this library.${more}`;
  },
  again: (model: Model): string => `${modelLabel(model)} was added again meanwhile: it is in this library.`,
  over: 'It cannot be brought back any more.',
  notAllowed: 'Only the person who asked for it, an admin of this group or the bot’s owner may do that.',
} as const;
