/** What the load and the bots under it agree on. */

export interface ChatUnderLoad {
  readonly chatId: number;
  /** Who writes there. */
  readonly userId: number;
  /** Downloads at once. */
  readonly places: number;
}

export interface Load {
  readonly apiRoot: string;
  readonly token: string;
  readonly hubUrl: string;
  readonly folder: string;
  readonly chats: readonly ChatUnderLoad[];
  /** When the first download ends, milliseconds since the epoch. */
  readonly firstEndAt: number;
  readonly endsPerSecond: number;
  /** When the one alone in its chat ends. */
  readonly soloEndAt: number;
}

/** Of each download, in bytes. */
export const SIZE = 100_000;

/** One download that is alone for a while before the load begins. */
export const SOLO = 'load/solo';
export const SOLO_CHAT = 9999;

export const repoOf = (number: number): string => `load/m${number}`;

/** When a download ends: the n-th one n intervals after the first, whenever it began. */
export const endOf = ({ firstEndAt, endsPerSecond, soloEndAt }: Load, name: string): number => {
  const number = /m(\d+)$/.exec(name)?.[1];
  return number === undefined ? soloEndAt : firstEndAt + (Number(number) / endsPerSecond) * 1000;
};
