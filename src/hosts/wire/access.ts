/*
 * Who may do what in Redis: each host has a user of its own there, who may touch what is the host's.
 */

const PREFIX = 'hubgram';

/** What a host is called among the users of Redis. @param host its name, as `isHostName` takes it */
export const userOf = (host: string): string => `${PREFIX}-${host}`;

/**
 * What the user of a host may do in Redis, as `ACL SETUSER` takes it: touch what is its own, and nothing else. `info` is how
 * BullMQ finds out which Redis it has.
 * @param host its name, as `isHostName` takes it
 */
export const accessOf = (host: string): readonly string[] => [
  'resetkeys',
  'resetchannels',
  `~${PREFIX}:dl-${host}:*`,
  `~${PREFIX}:ask-${host}:*`,
  `~${PREFIX}:host-${host}:*`,
  '-@all',
  '+@read',
  '+@write',
  '+@scripting',
  '+@connection',
  '+@transaction',
  '-@admin',
  '-@dangerous',
  '+info',
];
