/*
 * What the bot and its hosts call what they have in common in Redis. Everything of a host begins with one of three words that
 * end in its name, so that a rule for its user in Redis can say what it may touch.
 */

/** Of what goes over, counted up with what has to be there (`tests/hosts/protocol.test.ts`). Two of different numbers do not understand each other, and say so. */
export const PROTOCOL = 1;

const PREFIX = 'hubgram';

export interface HostNames {
  /** Of all queues: before their names, with a colon. */
  readonly prefix: string;
  /** The queue of copies that are made, and of those that are read again. */
  readonly runs: string;
  /** The queue of what is answered at once. */
  readonly questions: string;
  /** A hash: what is wanted of the runs, by their names, or that they are to end. What is not in it is to end too. */
  readonly wishes: string;
  /** Somebody has put all wishes there. Without it Redis has forgotten them, and nobody knows what is wanted. */
  readonly wishesAreWhole: string;
  /** How the host is: it goes by itself when the host does. */
  readonly presence: string;
  /** Written, to see whether Redis takes anything. */
  readonly room: string;
  /** A machine that joins says here that it knows the code. */
  readonly joining: string;
  /** A part of a long list that belongs to a message. */
  readonly slice: (message: string, field: string, nth: number) => string;
}

/** Under which the lists of an answer lie, beside those of what was asked. */
export const answerTo = (id: string): string => `${id}-answer`;

/** Patterns of all keys that a host has in Redis. @param host its name, as `isHostName` takes it */
export const keysOf = (host: string): readonly string[] =>
  [`dl-${host}`, `ask-${host}`, `host-${host}`].map((word) => `${PREFIX}:${word}:*`);

/** What there is of a host in Redis. @param host its name, as `isHostName` takes it */
export const namesOf = (host: string): HostNames => {
  const own = `${PREFIX}:host-${host}`;
  return {
    prefix: PREFIX,
    runs: `dl-${host}`,
    questions: `ask-${host}`,
    wishes: `${own}:wishes`,
    wishesAreWhole: `${own}:wishes-are-whole`,
    presence: `${own}:presence`,
    room: `${own}:room`,
    joining: `${own}:joining`,
    slice: (message, field, nth) => `${own}:list:${message}:${field}:${nth}`,
  };
};
