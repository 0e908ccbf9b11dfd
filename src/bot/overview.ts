import type { Command, Feature, MenuCommand, Overview } from './feature.ts';

const inMenu = (features: readonly Feature[], isShown: (command: Command) => boolean): readonly MenuCommand[] =>
  features
    .flatMap(({ commands }) => Object.entries(commands))
    .flatMap(([command, about]) => (about.menu && isShown(about) ? [{ command, ...about.menu }] : []))
    .toSorted((left, right) => left.position - right.position)
    .map(({ command, description }) => ({ command, description }));

const namesWhere = (features: readonly Feature[], isShown: (command: Command) => boolean): readonly string[] =>
  features
    .flatMap(({ commands }) => Object.entries(commands))
    // Telegram shows `/start` itself, to whoever opens the bot.
    .flatMap(([command, about]) => (command !== 'start' && isShown(about) ? [command] : []));

const isForOwner = ({ who }: Command): boolean => who === 'owner';
const isToLook = ({ who }: Command): boolean => who === 'viewer';

const namesOf = ({ commands }: Feature): readonly string[] =>
  Object.entries(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);

/** What these features offer together: the menu, the pages of /help, and the buttons under /start. */
export const overviewOf = (features: readonly Feature[]): Overview => ({
  commands: inMenu(features, (command) => !isForOwner(command)),
  ownerCommands: inMenu(features, isForOwner),
  otherCommands: {
    all: namesWhere(features, (command) => command.menu === undefined && !isForOwner(command)),
    owner: namesWhere(features, isForOwner),
  },
  toLook: {
    commands: inMenu(features, isToLook),
    others: namesWhere(features, (command) => command.menu === undefined && isToLook(command)),
  },
  topics: features.flatMap((feature) => (feature.topic ? [{ ...feature.topic, commands: namesOf(feature) }] : [])),
  openers: features.flatMap(({ opener }) => opener ?? []).toSorted((left, right) => left.number - right.number),
});
