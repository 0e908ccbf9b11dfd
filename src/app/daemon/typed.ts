import type { CommandLine } from '../../config/flags.ts';

/** What to type for a command that is for the same hubgram. */
export type Typed = (command: string) => string;

/** Where nothing else than usual was said. */
export const typed: Typed = (command) => `npm start -- ${command}`;

/** The same with what was said of it behind this command line: that it is a host, or where its configuration lies. */
export const typedFor = ({ isHost, configFile, playground }: CommandLine): Typed => {
  const before = isHost ? 'host ' : '';
  const behind = [
    ...(configFile === undefined ? [] : [` --config ${/^[\w./~-]+$/.test(configFile) ? configFile : 'FILE'}`]),
    ...(playground ? [' --playground'] : []),
  ].join('');
  return (command) => typed(`${before}${command}${behind}`);
};
