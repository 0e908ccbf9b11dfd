/** Who is there: people with rights and without, and the chats they meet in. */
import type { BotApi } from '../../playground/telegram/bot-api.ts';
import type { Store } from '../../src/store/store.ts';
import { blobNameOf } from '../../tests/helpers/blob-name.ts';

export const OWNER = 1001;
const MEMBERS = [2001, 2002] as const;
/** They may look, and change nothing. */
const VIEWER = 2101;
export const STRANGERS = [3001, 3002, 3003, 3004, 3005, 3006] as const;
const DENIED = [4001, 4002] as const;
/** In approved groups, and nothing else. */
export const PLAIN = [5001, 5002] as const;
/** Runs the approved groups. */
const ADMIN = 5101;
export const ANONYMOUS_ADMIN = 1_087_968_824;

export const GROUPS = [-1_001_000_000_001, -1_001_000_000_002] as const;
/** All who are in it may look. */
const VIEWERS_GROUP = -1_001_000_000_003;
/** Chats that are only looked at. */
export const VIEWED: readonly number[] = [VIEWER, VIEWERS_GROUP];
/** Nobody has let them in. */
const WAITING_GROUPS = [-1_001_000_000_004, -4005] as const;
const DENIED_GROUP = -1_001_000_000_006;
const CHANNEL = -1_001_000_000_009;

/** Chats that own something. */
export const LIBRARIES: readonly number[] = [OWNER, ...MEMBERS, ...GROUPS, VIEWER, VIEWERS_GROUP];
const OUTSIDE_GROUPS: readonly number[] = [...WAITING_GROUPS, DENIED_GROUP];
const OUTSIDERS: readonly number[] = [...STRANGERS, ...DENIED];
export const KNOWN: ReadonlySet<number> = new Set([
  ...LIBRARIES,
  ...OUTSIDE_GROUPS,
  ...OUTSIDERS,
  ...PLAIN,
  ADMIN,
  ANONYMOUS_ADMIN,
]);

/** Whether the owner may be asked to let them in: nobody has decided yet. */
export const isUndecided = (id: number): boolean =>
  ![...LIBRARIES, ...DENIED, DENIED_GROUP, ...PLAIN, ADMIN, ANONYMOUS_ADMIN].includes(id);

export type Class = 'outsiders' | 'viewers' | 'plain' | 'members' | 'owner';

/** A button that the bot has shown. */
export interface Button {
  readonly chatId: number;
  readonly messageId: number;
  readonly data: string;
}

/** Somebody, somewhere. */
export interface Place {
  readonly userId: number;
  readonly chatId: number;
}

const everyPair = (users: readonly number[], chats: readonly number[]): Place[] =>
  users.flatMap((userId) => chats.map((chatId) => ({ userId, chatId })));

const alone = (users: readonly number[]): Place[] => users.map((userId) => ({ userId, chatId: userId }));

/** Where each of a class acts. Who was denied is denied in approved groups too. */
export const PLACES: Readonly<Record<Class, readonly Place[]>> = {
  outsiders: [
    ...alone(OUTSIDERS),
    ...everyPair([...STRANGERS, ...PLAIN, ANONYMOUS_ADMIN], OUTSIDE_GROUPS),
    ...everyPair(DENIED, [...GROUPS, ...OUTSIDE_GROUPS]),
    ...everyPair(STRANGERS, [CHANNEL]),
  ],
  viewers: [...alone([VIEWER]), ...everyPair([VIEWER, ADMIN, ANONYMOUS_ADMIN, ...PLAIN, ...MEMBERS], [VIEWERS_GROUP])],
  plain: everyPair(PLAIN, GROUPS),
  members: [...alone(MEMBERS), ...everyPair([ADMIN, ANONYMOUS_ADMIN], GROUPS)],
  owner: [{ userId: OWNER, chatId: OWNER }, ...everyPair([OWNER], GROUPS)],
};

const secretOf = (chatId: number): number => LIBRARIES.indexOf(chatId);

/** All schedules and all that was done are for the owner alone. */
const isForOwners = (word: string, text: string): boolean => word.startsWith('planned') || text.startsWith('Activity');

/** What is written in a text that belongs to another chat's library. */
export const foreignSecrets = (chatId: number, text: string): string[] =>
  [...text.matchAll(/(?:hidden|planned)(\d)x/g)]
    .filter(([word, at]) => Number(at) !== secretOf(chatId) && !(chatId === OWNER && isForOwners(word, text)))
    .map(([word]) => word);

/** Puts them all into the stand-in of Telegram, where the owner is already. */
export const populate = (telegram: BotApi): void => {
  const everybody = [...MEMBERS, VIEWER, ...OUTSIDERS, ...PLAIN, ADMIN];
  for (const id of everybody) telegram.addUser({ id, firstName: `Person ${id}`, started: true });
  for (const id of GROUPS) {
    const members = [ADMIN, OWNER, ...PLAIN, ...DENIED];
    telegram.addGroup({ id, title: `Group ${id}`, type: 'supergroup', members, isForum: id === GROUPS[0] });
  }
  const all = [VIEWER, ADMIN, OWNER, ...PLAIN, ...MEMBERS, ...DENIED];
  telegram.addGroup({ id: VIEWERS_GROUP, title: `Group ${VIEWERS_GROUP}`, type: 'supergroup', members: all });
  for (const id of OUTSIDE_GROUPS) {
    const type = id === -4005 ? 'group' : 'supergroup';
    telegram.addGroup({ id, title: `Group ${id}`, type, members: [...STRANGERS, ...PLAIN, ...DENIED] });
  }
};

/** What everybody may do: decided before it all begins, and again after the owner may have decided otherwise. */
export const letIn = (store: Store): void => {
  const roles = [
    [OWNER, 'owner'],
    ...MEMBERS.map((id) => [id, 'member'] as const),
    [VIEWER, 'viewer'],
    ...DENIED.map((id) => [id, 'denied'] as const),
  ] as const;
  for (const [userId, role] of roles) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, role);
    store.chats.upsertChat({ chatId: userId, kind: 'private', title: `Person ${userId}` });
  }
  for (const [chatId, access] of [
    ...[...GROUPS, VIEWERS_GROUP].map((id) => [id, 'approved'] as const),
    [DENIED_GROUP, 'denied'] as const,
  ]) {
    store.chats.upsertChat({ chatId, kind: 'supergroup', title: `Group ${chatId}` });
    store.chats.setAccess(chatId, access);
  }
  for (const id of GROUPS) store.chats.setRole(id, 'member');
  store.chats.setRole(VIEWERS_GROUP, 'viewer');
  for (const userId of [...STRANGERS, ...PLAIN, ADMIN]) store.users.setRole(userId, 'pending');
  for (const chatId of WAITING_GROUPS) store.chats.setAccess(chatId, 'pending');
};

const MODELS_LEAST = 8;
/** Of the one file that each has: zeros, so that it can be sent. */
export const FILE_BYTES = 1000;
const ZEROS = blobNameOf(Buffer.alloc(FILE_BYTES), '0'.repeat(40));

const ENDS = ['completed', 'failed'] as const;

const putModel = (store: Store, chatId: number, serial: () => number): void => {
  const secret = secretOf(chatId);
  const at = serial();
  const { id } = store.models.createModel({
    chatId,
    name: `hidden${secret}x/model-${at}`,
    requestedBy: chatId > 0 ? chatId : ADMIN,
    // Nothing starts by itself.
    onDemand: true,
    commitSha: 'a'.repeat(40),
    sizeBytes: FILE_BYTES,
    files: [{ path: 'model.safetensors', size: FILE_BYTES, etag: ZEROS }],
    description: `hidden${secret}x described`,
    metadata: { about: { branches: ['main', '8bit'] } },
  });
  const end = ENDS[at % 5];
  if (at % 5 === 2) store.models.moveModel(id, 'pending', 'paused');
  if (end !== undefined) store.models.moveModel(id, 'pending', 'downloading');
  if (end !== undefined) store.models.moveModel(id, 'downloading', end);
  store.cards.putCard({ modelId: id, chatId, threadId: null, messageId: null, replyTo: null, asked: true });
};

/** Gives every library models and a schedule that bear its name, again when people have removed them. */
export const furnish = (store: Store, serial: () => number): void => {
  for (const chatId of LIBRARIES) {
    for (let missing = MODELS_LEAST - store.models.countModels(chatId); missing > 0; missing -= 1)
      store.atomically(() => putModel(store, chatId, serial));
    const schedules = store.schedules.listSchedules(chatId);
    if (schedules.some(({ name }) => name.startsWith('planned')) || schedules.length > 15) continue;
    // Once in four years: nothing opens meanwhile.
    store.schedules.createSchedule({
      chatId,
      name: `planned${secretOf(chatId)}x ${serial()}`,
      type: 'custom',
      cron: '0 0 29 2 *',
      time: '00:00',
    });
  }
};
