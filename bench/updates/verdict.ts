/** What a class of people must not have changed, by what changed while only they acted. */
import type { Changed, Row } from './books.ts';
import { type Class, GROUPS, LIBRARIES, OWNER, PLAIN } from './scene.ts';

/** @returns what has changed in which table, and an example */
const show = ({ before, after }: Changed): Breach => {
  const table = (after ?? before)?.table ?? '';
  if (!before || !after)
    return { what: `${before ? 'removed from' : 'added to'} ${table}`, example: (after ?? before)?.text ?? '' };
  const columns = Object.keys(after.values).filter((name) => after.values[name] !== before.values[name]);
  return { what: `changed ${table}: ${columns.join(', ')}`, example: `${before.text} → ${after.text}` };
};

export interface Breach {
  readonly what: string;
  readonly example: string;
}

const differs = ({ before, after }: Changed, column: string): boolean =>
  before !== undefined && before.values[column] !== after?.values[column];

/** Standing is nobody's to change but the owner's; whoever is new waits. */
const changesStanding = (change: Changed, row: Row): boolean => {
  const column = row.table === 'users' ? 'role' : 'access';
  if (change.before === undefined) return change.after?.values[column] !== 'pending';
  return change.after === undefined || differs(change, column);
};

const isLibrary = ({ chatId }: Row): boolean => chatId !== undefined && LIBRARIES.includes(chatId);

/** A request to be let in, as any group or person may make it. */
const isAsking = ({ before, after }: Changed, row: Row): boolean => {
  if (row.table === 'activity_log') return before === undefined && row.values['action'] === 'access_asked';
  if (row.table === 'outbox') return row.values['kind'] === 'access_request' && row.chatId === OWNER;
  return row.table === 'access_requests' && after !== undefined;
};

/** Whoever may do nothing leaves their name, and a request to the owner. */
const isOutsiders = (change: Changed, row: Row): boolean => {
  // How many answers were left out, since more was asked than Telegram lets the bot say.
  if (row.table === 'outbox') return row.values['kind'] === 'answers_left_out' && !isLibrary(row);
  if (row.table === 'users' || row.table === 'chat_sessions')
    return (
      !changesStanding(change, row) &&
      !(isLibrary(row) && ['timezone', 'reachable'].some((name) => differs(change, name)))
    );
  return false;
};

const isOnlyHeard = (change: Changed, row: Row): boolean =>
  (row.table === 'users' || row.table === 'chat_sessions') && !changesStanding(change, row);

const mayChangeFor =
  (chats: readonly number[]) =>
  (change: Changed, row: Row): boolean =>
    isOnlyHeard(change, row) ||
    (row.table !== 'users' && row.table !== 'chat_sessions' && row.chatId !== undefined && chats.includes(row.chatId));

/** In a group that was let in everybody may add and move; what another one asked for, and the schedules, are not theirs. */
const isPlain = (change: Changed, row: Row): boolean => {
  if (row.table === 'schedule_configurations' || (row.table === 'chat_sessions' && differs(change, 'timezone')))
    return false;
  const isEnd =
    change.after === undefined || (differs(change, 'status') && change.after.values['status'] === 'cancelled');
  if (isEnd && ['models', 'download_sessions'].includes(row.table)) return PLAIN.some((id) => id === row.requestedBy);
  return mayChangeFor(GROUPS)(change, row);
};

/** The owner decides who comes in, and holds everything; what others have is not the owner's to change. */
const isOwners = (change: Changed, row: Row): boolean =>
  ['users', 'chat_sessions', 'access_requests', 'system_configurations', 'outbox', 'activity_log'].includes(
    row.table,
  ) || mayChangeFor([OWNER, ...GROUPS])(change, row);

/** A card tells also of others: of its place in the line, and of what they leave free. What it shows is looked at elsewhere. */
const isRedrawn = ({ before, after }: Changed, row: Row): boolean =>
  row.table === 'cards' &&
  before !== undefined &&
  after !== undefined &&
  before.values['message_id'] === after.values['message_id'] &&
  before.values['asked'] === after.values['asked'];

/** @returns what must not have happened, in words */
export const judge = (who: Class, chats: readonly number[], changes: readonly Changed[]): Breach[] => {
  // A schedule that opened or closed meanwhile changes its chat's rows by itself.
  const opened = new Set(
    changes.flatMap(({ after, before }) =>
      (after ?? before)?.table === 'schedule_runs' ? [(after ?? before)?.chatId] : [],
    ),
  );
  const rules = { outsiders: isOutsiders, plain: isPlain, members: mayChangeFor(chats), owner: isOwners };
  return changes
    .filter((change) => {
      const row = change.after ?? change.before;
      return (
        row !== undefined &&
        !opened.has(row.chatId) &&
        !isAsking(change, row) &&
        !isRedrawn(change, row) &&
        !rules[who](change, row)
      );
    })
    .map((change) => {
      const { what, example } = show(change);
      return { what: `${who} ${what}`, example };
    });
};
