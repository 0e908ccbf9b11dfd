/** What is wrong inside a file, as the end of a sentence that begins with its name. */
export class Fault extends Error {}

/** Why a file was not read to where it could be judged, as the end of a sentence that begins with its name. */
export class Unread extends Error {}

/** @throws Fault */
export const broken = (reason: string): never => {
  throw new Fault(reason);
};

/** @throws Unread */
export const unread = (reason: string): never => {
  throw new Unread(reason);
};

/** Names come from strangers: what may not stand in a sentence is left out, and a long one is cut. */
export const shown = (name: string, most = 80): string => {
  const clean = name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  const letters = Array.from(clean.slice(0, most * 2));
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('');
};
