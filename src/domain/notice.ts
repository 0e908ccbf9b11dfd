import { z } from 'zod';

/** A person, or a group (ids below zero), that asks an owner to be let in, or has come in by a link. */
const askerSchema = z.union([z.strictObject({ userId: z.int() }), z.strictObject({ groupId: z.int() })]);

const roleSchema = z.enum(['owner', 'member', 'viewer', 'pending', 'denied']);

/** What somebody may do now, and before. */
const roleGivenSchema = z.strictObject({ before: roleSchema, role: roleSchema });

/** One of several links in a person's message, to be offered. */
const linkSchema = z.strictObject({
  messageId: z.int(),
  /** Which of its links, 0 = the first. */
  index: z.int().nonnegative(),
  ref: z.string(),
  threadId: z.int().optional(),
});

/** Which app, as the configuration calls it, and what has become of a link there: a sentence. */
const linkLostSchema = z.strictObject({ app: z.string(), message: z.string() });

/** The model that holds what another one had before it was changed, and what would be free without it. */
const setAsideSchema = z.strictObject({ modelId: z.int(), bytes: z.number().optional() });
const cleanupSchema = z.strictObject({ cleanupId: z.int() });

/** What has become of a backup; one of the night is told without a sound. */
const backupSchema = z.strictObject({ backupId: z.int(), isNightly: z.boolean().optional() });

/** Where something was written or tapped that is not done. */
const givenUpSchema = z.strictObject({
  messageId: z.int(),
  threadId: z.int().optional(),
  /** The beginning of what was written; undefined: it was a tap. */
  text: z.string().optional(),
});

/** How many answers a chat did not get, and the commands that they were to, each once, as far as they are known. */
const leftOutSchema = z.strictObject({ count: z.int().positive(), to: z.array(z.string()).optional() });

/** Where somebody was too fast, and how many updates of one person are heard within a minute. */
const tooFastSchema = z.strictObject({ messageId: z.int(), threadId: z.int().optional(), most: z.int().positive() });

/** A branch has moved, and models of the chat with it. */
const newerSchema = z.strictObject({ branchId: z.int(), commitSha: z.string() });

/** What keeps a branch from being looked at, for people. */
const troubleSchema = z.strictObject({ branchId: z.int(), sentence: z.string() });

/** A repository is called otherwise now. */
const renamedSchema = z.strictObject({ branchId: z.int(), newName: z.string() });

/** What a message asked for has been looked at. */
const askSchema = z.strictObject({ askId: z.int(), messageId: z.int(), threadId: z.int().optional() });

/** A look-up that has waited for access to a gated repository, in vain. */
const requestSchema = z.strictObject({ requestId: z.int() });

/** What the Hub has said of a person's token; never the token. */
const tokenSchema = z.strictObject({
  /** `later`: it could not be asked yet; `revoked`: it took the token once. */
  outcome: z.enum(['accepted', 'refused', 'later', 'revoked']),
  ending: z.string().max(4),
  account: z.string().nullable(),
  tokenKind: z.enum(['read', 'write', 'fine_grained']).nullable(),
});

/** Why nothing came, as a sentence, if anybody knows. */
const stalledSchema = z.strictObject({ why: z.string().nullable() });

/** What was free, had to stay so, and would be taken within a day, in bytes. */
const diskSchema = z.strictObject({
  freeBytes: z.number(),
  floorBytes: z.number(),
  comingBytes: z.number(),
  othersBytes: z.number(),
});

/** What Telegram says of a webhook that it cannot reach. */
const unreachedSchema = z.strictObject({ why: z.string() });

/** Another machine of the bot. */
const hostSchema = z.strictObject({ hostId: z.int() });

/** Why no other machine is heard of. */
const redisSchema = z.strictObject({ by: z.enum(['no_redis', 'redis_full']) });

/** All that is said once, by its kind, with what it needs besides the rows that it points to. */
export const noticeContentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('completed'), payload: z.null() }),
  z.strictObject({ kind: z.literal('failed'), payload: z.null() }),
  z.strictObject({ kind: z.literal('verified'), payload: z.strictObject({ verificationId: z.int() }) }),
  z.strictObject({ kind: z.literal('schedule_run'), payload: z.strictObject({ runId: z.int() }) }),
  z.strictObject({ kind: z.literal('access_request'), payload: askerSchema }),
  z.strictObject({ kind: z.literal('access_granted'), payload: z.null() }),
  z.strictObject({ kind: z.literal('access_denied'), payload: z.null() }),
  z.strictObject({ kind: z.literal('hub_token_refused'), payload: z.null() }),
  z.strictObject({ kind: z.literal('access_needed'), payload: z.null() }),
  z.strictObject({ kind: z.literal('access_not_given'), payload: requestSchema }),
  z.strictObject({ kind: z.literal('role_given'), payload: roleGivenSchema }),
  z.strictObject({ kind: z.literal('came_in'), payload: askerSchema }),
  z.strictObject({ kind: z.literal('link_offer'), payload: linkSchema }),
  z.strictObject({ kind: z.literal('check_failed'), payload: z.null() }),
  z.strictObject({ kind: z.literal('link_lost'), payload: linkLostSchema }),
  z.strictObject({ kind: z.literal('set_aside'), payload: setAsideSchema }),
  z.strictObject({ kind: z.literal('cleanup'), payload: cleanupSchema }),
  z.strictObject({ kind: z.literal('cleanup_done'), payload: cleanupSchema }),
  z.strictObject({ kind: z.literal('answers_left_out'), payload: leftOutSchema }),
  z.strictObject({ kind: z.literal('newer_commit'), payload: newerSchema }),
  z.strictObject({ kind: z.literal('branch_trouble'), payload: troubleSchema }),
  z.strictObject({ kind: z.literal('repo_renamed'), payload: renamedSchema }),
  z.strictObject({ kind: z.literal('renewals_looked_up'), payload: askSchema }),
  z.strictObject({ kind: z.literal('backup'), payload: backupSchema }),
  z.strictObject({ kind: z.literal('downloads_stalled'), payload: stalledSchema }),
  z.strictObject({ kind: z.literal('downloads_go_on'), payload: z.null() }),
  z.strictObject({ kind: z.literal('disk_filling'), payload: diskSchema }),
  z.strictObject({ kind: z.literal('webhook_unreached'), payload: unreachedSchema }),
  z.strictObject({ kind: z.literal('webhook_reached'), payload: z.null() }),
  z.strictObject({ kind: z.literal('host_joined'), payload: hostSchema }),
  z.strictObject({ kind: z.literal('host_away'), payload: hostSchema }),
  z.strictObject({ kind: z.literal('host_back'), payload: hostSchema }),
  z.strictObject({ kind: z.literal('redis_lost'), payload: redisSchema }),
  z.strictObject({ kind: z.literal('redis_back'), payload: z.null() }),
  z.strictObject({ kind: z.literal('token_checked'), payload: tokenSchema }),
  z.strictObject({ kind: z.literal('update_given_up'), payload: givenUpSchema }),
  z.strictObject({ kind: z.literal('too_fast'), payload: tooFastSchema }),
]);
export type NoticeContent = z.infer<typeof noticeContentSchema>;

/** What cannot be read as any of them: it is not said, and the log tells which row it is. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly payload: null;
}
