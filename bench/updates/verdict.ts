/** What a class of people must not have changed, by what changed while only they acted. */
import { type Books, type Changed, changesBetween, type Row } from './books.ts';
import { type Class, GROUPS, isUndecided, KNOWN, LIBRARIES, OWNER, PLACES, PLAIN } from './scene.ts';

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
  const columns = row.table === 'users' ? ['role'] : ['access', 'role'];
  if (change.before === undefined) return change.after?.values[columns[0] ?? ''] !== 'pending';
  return change.after === undefined || columns.some((column) => differs(change, column));
};

const isLibrary = ({ chatId }: Row): boolean => chatId !== undefined && LIBRARIES.includes(chatId);

/** Who asks by it to be let in. */
const askerOf = ({ table, chatId, values }: Row): number => {
  if (table === 'activity_log') return values['action'] === 'access_asked' ? Number(chatId) : Number.NaN;
  if (table === 'access_requests') return Number(values['asker_id']);
  if (table !== 'outbox' || values['kind'] !== 'access_request' || chatId !== OWNER) return Number.NaN;
  const { groupId, userId } = JSON.parse(String(values['payload'])) as Partial<Record<'groupId' | 'userId', number>>;
  return groupId ?? userId ?? Number.NaN;
};

/** A request to be let in, of a group or person of whom nobody has decided. The owner is told of each, in one message. */
const isAsking = ({ before, after }: Changed, row: Row): boolean => {
  const asker = askerOf(row);
  if (Number.isNaN(asker) || !isUndecided(asker)) return false;
  return row.table === 'outbox' || (before === undefined && after !== undefined);
};

/** That somebody wrote too much is told and noted once, whoever it is. */
const isTooMuch = ({ table, values }: Row): boolean =>
  (table === 'outbox' && ['answers_left_out', 'too_fast'].includes(String(values['kind']))) ||
  (table === 'activity_log' && values['action'] === 'too_fast');

/** Whoever may do nothing leaves their name. */
const isOutsiders = (change: Changed, row: Row): boolean => {
  if (isTooMuch(row)) return !isLibrary(row);
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

/** What is left by looking: which list was shown and searched, whom to tell of the end of a download, and files that are wanted. */
const LOOKS = ['library_views', 'searches', 'followers', 'cards', 'activity_log', 'refused_messages', 'file_sends'];

const isViewers =
  (chats: readonly number[]) =>
  (change: Changed, row: Row): boolean =>
    isOutsiders(change, row) || (LOOKS.includes(row.table) && row.chatId !== undefined && chats.includes(row.chatId));

/** In a group that was let in everybody may add and move; what another one asked for, and the schedules, are not theirs. */
const isPlain = (change: Changed, row: Row): boolean => {
  if (row.table === 'schedule_configurations' || (row.table === 'chat_sessions' && differs(change, 'timezone')))
    return false;
  const isEnd =
    change.after === undefined || (differs(change, 'status') && change.after.values['status'] === 'cancelled');
  // A session whose model was removed belongs to none any more.
  const requestedBy = row.requestedBy ?? change.before?.requestedBy;
  if (isEnd && ['models', 'download_sessions'].includes(row.table)) return PLAIN.some((id) => id === requestedBy);
  return mayChangeFor(GROUPS)(change, row);
};

const OWNERS_TABLES: readonly string[] = [
  'users',
  'access_requests',
  'role_grants',
  'invitations',
  'invitation_uses',
  'system_configurations',
  'backups',
  'verification_items',
  'quotas',
  'activity_log',
];

/** Of a person who was removed or kept out. */
const isOut = ({ chatId }: Row, before: Books): boolean =>
  ['pending', 'denied'].includes(String(before.get(`users ${chatId}`)?.values['role']));

/** The owner decides who comes in, and holds everything; what others have is not the owner's to change. */
const isOwners = (change: Changed, row: Row, before: Books): boolean => {
  if (mayChangeFor([OWNER, ...GROUPS])(change, row)) return true;
  const isAnothers = isLibrary(row) && row.chatId !== OWNER && !GROUPS.some((id) => id === row.chatId);
  if (row.table === 'chat_sessions') return !(isAnothers && differs(change, 'timezone'));
  // Whoever is given another role hears of it, and what goes on of who was removed may be paused.
  if (row.table === 'outbox') return !isAnothers || row.values['kind'] === 'role_given';
  if (row.table === 'models')
    return differs(change, 'status') && row.values['status'] === 'paused' && isOut(row, before);
  return OWNERS_TABLES.includes(row.table);
};

/**
 * A card tells also of others: of its place in the line, and of what they leave free. What it shows is looked at elsewhere. That
 * somebody asked to see it is over when it rests.
 */
const isRedrawn = ({ before, after }: Changed, row: Row): boolean =>
  row.table === 'cards' &&
  before !== undefined &&
  after !== undefined &&
  Object.keys(after.values).every(
    (name) => ['drawn', 'final', 'asked'].includes(name) || before.values[name] === after.values[name],
  );

/** A notice that did not get through is tried again, whoever writes meanwhile. */
const isTriedAgain = ({ before, after }: Changed, row: Row): boolean =>
  row.table === 'outbox' &&
  before !== undefined &&
  after !== undefined &&
  Object.keys(after.values).every(
    (name) => ['attempts', 'not_before', 'waits_since'].includes(name) || before.values[name] === after.values[name],
  );

/** What a person sets for themselves, wherever they are. */
const isOwn = (who: Class, { chatId, values }: Row): boolean =>
  values['chat_id'] === undefined &&
  PLACES[who].some(({ userId }) => userId === chatId && userId === values['user_id']);

/**
 * When branches are looked up next is set by itself; what waits to be shown to other programs goes by itself, and does not come so.
 * Nor does a check: it is asked for, and then ends by itself, or goes with its copy. A file that somebody wants to have is sent by itself, and what
 * Telegram has then is noted.
 */
const isByItself = ({ before, after }: Changed, { table }: Row): boolean =>
  table === 'branches' ||
  table === 'sent_files' ||
  (table === 'file_sends' && before !== undefined) ||
  (table === 'models_to_link' && after === undefined) ||
  (table === 'copy_checks' && after?.values['state'] !== 'waiting');

/** That somebody did something is written down of everybody who is heard; whoever may do nothing has done nothing. */
const isNotedDeed = (who: Class, { before }: Changed, { table, values }: Row): boolean =>
  table === 'activity_log' && before === undefined && (who !== 'outsiders' || values['result'] === 'refused');

/**
 * What lies on this machine is nobody's alone: whoever may add may have a copy made or checked, or what Telegram has kept, and whoever had it last let it go. So are
 * the names of categories; whose they are stands elsewhere.
 */
const isOfMachine = (who: Class, { table, values }: Row): boolean =>
  who !== 'outsiders' &&
  who !== 'viewers' &&
  (['copies', 'copy_files', 'copy_checks', 'kept_files'].includes(table) ||
    (table === 'categories' && values['own'] === 1));

/** Of a chat that the owner has let in since it was seen first. */
const isLetInSince = ({ chatId }: Row, before: Books): boolean =>
  chatId !== undefined &&
  !KNOWN.has(chatId) &&
  (before.get(`chat_sessions ${chatId}`)?.values['access'] === 'approved' ||
    ['viewer', 'member', 'owner'].includes(String(before.get(`users ${chatId}`)?.values['role'])));

/** @returns what must not have happened, in words */
export const judge = (who: Class, chats: readonly number[], before: Books, after: Books): Breach[] => {
  const changes = changesBetween(before, after);
  // A schedule that opened or closed meanwhile changes its chat's rows by itself.
  const opened = new Set(
    changes.flatMap(({ after, before }) =>
      (after ?? before)?.table === 'schedule_runs' ? [(after ?? before)?.chatId] : [],
    ),
  );
  const rules = {
    outsiders: isOutsiders,
    viewers: isViewers(chats),
    plain: isPlain,
    members: mayChangeFor(chats),
    owner: isOwners,
  };
  return changes
    .filter((change) => {
      const row = change.after ?? change.before;
      if (
        row === undefined ||
        opened.has(row.chatId) ||
        isByItself(change, row) ||
        isOfMachine(who, row) ||
        isLetInSince(row, before)
      )
        return false;
      // Whoever it was, a bent update may come from a group that nobody knows: the owner is asked about that one.
      const isTheirs = isOwn(who, row) || isNotedDeed(who, change, row) || (who !== 'outsiders' && isTooMuch(row));
      const isAnybodys = isTheirs || isRedrawn(change, row) || isTriedAgain(change, row) || isAsking(change, row);
      return !isAnybodys && !rules[who](change, row, before);
    })
    .map((change) => {
      const { what, example } = show(change);
      return { what: `${who} ${what}`, example };
    });
};
