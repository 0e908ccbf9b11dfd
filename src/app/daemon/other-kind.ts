import type { Config } from '../../config/config.ts';
import { foldersOf } from '../folders.ts';
import type { Asked } from './report-socket.ts';

/**
 * A bot and a host of the same clone have the same data folder unless somebody says otherwise, and whoever speaks of the one must not
 * reach the other.
 * @returns what is wrong if a host is meant and a bot runs there, or the other way round; undefined: nothing, or nobody knows
 */
export const otherKind = (config: Config, asked: Asked): string | undefined => {
  if (typeof asked === 'string' || (asked.host !== undefined) === config.isHost) return undefined;
  const { dataDir } = foldersOf(config);
  const [found, meant, before] = config.isHost
    ? ['the bot', 'host', '']
    : [`the host ${asked.host?.name ?? ''}`, 'bot', 'host '];
  return `No ${meant} runs in ${dataDir}: what runs there is ${found}. “npm start -- ${before}status” is about that; HUBGRAM_DATA_DIR says where another one has its folder.`;
};
