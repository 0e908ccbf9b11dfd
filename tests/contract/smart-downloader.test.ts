import { describe, expect, it } from 'vitest';
import { CHAT, openBench } from '../store/setup.ts';
import { recentActivity } from '../helpers/rows.ts';

/**
 * The fields of preferences, chat sessions and the activity log in the data model of the bot that downloads media
 * (chat_sessions, user_preferences, activity_log), each written and read by the store's own functions.
 */
type Bench = ReturnType<typeof openBench>;

interface Field {
  readonly field: string;
  readonly write: (bench: Bench) => void;
  readonly read: (bench: Bench) => unknown;
  readonly before: unknown;
  readonly after: unknown;
}

const USER = CHAT;

const chat = ({ store }: Bench) => store.chats.getChat(CHAT);
const preferences = ({ store }: Bench) => store.preferences.getPreferences(USER);
const line = ({ store }: Bench) => recentActivity(store, 1)[0];
const row = ({ raw }: Bench, column: string): unknown =>
  raw.prepare(`SELECT ${column} FROM user_preferences WHERE user_id = ?`).pluck().get(USER);

const heard = ({ store }: Bench): void => store.chats.updateChatActivity(CHAT);
const logged = ({ store }: Bench): void =>
  store.activity.logActivity(USER, CHAT, 'category_browsed', { category: 'text' });
const prefer =
  (changes: Parameters<Bench['store']['preferences']['setPreferences']>[1]) =>
  ({ store }: Bench): void =>
    void store.preferences.setPreferences(USER, changes);

const FIELDS: readonly Field[] = [
  { field: 'chat_sessions.chat_id', write: heard, read: (b) => chat(b)?.chatId, before: undefined, after: CHAT },
  {
    field: 'chat_sessions.last_activity',
    write: heard,
    read: (b) => chat(b)?.lastActivity === b.clock.iso(),
    before: false,
    after: true,
  },
  {
    field: 'chat_sessions.message_count',
    write: (b) => [heard(b), heard(b)],
    read: (b) => chat(b)?.messageCount,
    before: undefined,
    after: 2,
  },
  {
    field: 'chat_sessions.auto_clear_enabled',
    write: (b) => [heard(b), b.store.chatSettings.setChatSetting(CHAT, 'auto_clear', 'off')],
    read: (b) => chat(b)?.autoClearEnabled,
    before: undefined,
    after: false,
  },
  {
    field: 'chat_sessions.auto_clear_hours',
    write: (b) => [heard(b), b.store.chatSettings.setChatSetting(CHAT, 'auto_clear_hours', '7')],
    read: (b) => chat(b)?.autoClearHours,
    before: undefined,
    after: 7,
  },
  {
    field: 'user_preferences.user_id',
    write: prefer({}),
    read: (b) => row(b, 'user_id'),
    before: undefined,
    after: USER,
  },
  {
    field: 'user_preferences.default_category',
    write: prefer({ defaultCategory: 'image' }),
    read: (b) => preferences(b).defaultCategory,
    before: null,
    after: 'image',
  },
  {
    field: 'user_preferences.auto_clear_enabled',
    write: prefer({ autoClearEnabled: false }),
    read: (b) => preferences(b).autoClearEnabled,
    before: true,
    after: false,
  },
  {
    field: 'user_preferences.auto_clear_hours',
    write: prefer({ autoClearHours: 6 }),
    read: (b) => preferences(b).autoClearHours,
    before: 24,
    after: 6,
  },
  {
    field: 'user_preferences.notification_enabled',
    write: prefer({ notificationEnabled: false }),
    read: (b) => preferences(b).notificationEnabled,
    before: true,
    after: false,
  },
  {
    field: 'user_preferences.created_at',
    write: (b) => [prefer({})(b), b.clock.move(5000), prefer({ autoClearHours: 5 })(b)],
    read: (b) => row(b, 'created_at') === b.clock.iso(-5000),
    before: false,
    after: true,
  },
  {
    field: 'user_preferences.updated_at',
    write: (b) => [prefer({})(b), b.clock.move(5000), prefer({ autoClearHours: 5 })(b)],
    read: (b) => row(b, 'updated_at') === b.clock.iso(),
    before: false,
    after: true,
  },
  { field: 'activity_log.id', write: logged, read: (b) => line(b)?.id, before: undefined, after: 1 },
  { field: 'activity_log.user_id', write: logged, read: (b) => line(b)?.userId, before: undefined, after: USER },
  { field: 'activity_log.chat_id', write: logged, read: (b) => line(b)?.chatId, before: undefined, after: CHAT },
  {
    field: 'activity_log.action',
    write: logged,
    read: (b) => line(b)?.action,
    before: undefined,
    after: 'category_browsed',
  },
  {
    field: 'activity_log.metadata',
    write: logged,
    read: (b) => line(b)?.metadata,
    before: undefined,
    after: { category: 'text' },
  },
  {
    field: 'activity_log.created_at',
    write: logged,
    read: (b) => line(b)?.createdAt === b.clock.iso(),
    before: false,
    after: true,
  },
];

describe('in its place is', () => {
  it.each(FIELDS)('$field', ({ write, read, before, after }) => {
    const bench = openBench();
    expect(read(bench)).toEqual(before);
    write(bench);
    expect(read(bench)).toEqual(after);
  });

  it('each field that the data model has, in a column of its name', () => {
    const { raw } = openBench();
    const columns = ['chat_sessions', 'user_preferences', 'activity_log'].flatMap((table) =>
      (raw.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[]).map(
        (name) => `${table}.${name}`,
      ),
    );
    expect(columns).toEqual(expect.arrayContaining(FIELDS.map(({ field }) => field)));
  });
});
