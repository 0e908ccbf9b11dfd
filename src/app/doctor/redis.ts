import type { Config } from '../../config/config.ts';
import { type Finding, fine, leftOut, wrong } from './finding.ts';

const ABOUT = 'Redis';

/** Whether the Redis can be reached that leads to other machines, and lets hubgram in. */
export const redisFinding = async ({ redisUrl: url, redisCa: ca }: Config): Promise<Finding> => {
  if (url === undefined) return leftOut(ABOUT, 'There is none: models lie on this machine alone.');
  // Only where there is a Redis it is needed.
  const { reachRedis } = await import('../../hosts/reach.ts');
  const reach = await reachRedis({ url, ca });
  switch (reach.kind) {
    case 'let in':
      return fine(ABOUT, 'It answers: other machines can be reached by it.');
    case 'refused':
      return wrong(
        ABOUT,
        `It does not let hubgram in (${reach.word}).`,
        'Look at the user and the password in HUBGRAM_REDIS_URL.',
      );
    case 'away':
      return reach.trouble
        ? wrong(ABOUT, 'It cannot be reached.', reach.trouble.says)
        : wrong(ABOUT, 'It does not answer.', 'Does it run, and is HUBGRAM_REDIS_URL its address?');
  }
};
