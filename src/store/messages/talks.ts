import { type Outcome, outcomeSchema } from '../../domain/talks/outcome.ts';
import { rowMapper } from '../database/row.ts';
import { insertion, numberOf, type Sql } from '../database/sql.ts';

/** Who talks to a model, and where. */
export interface Talker {
  readonly chatId: number;
  readonly userId: number;
  readonly threadId: number | null;
  readonly modelId: number;
}

/** A talk that somebody has with a model, or waits to have. */
export interface Talk extends Talker {
  readonly id: number;
  readonly state: 'waiting' | 'open';
  /** How many were given in it. */
  readonly answers: number;
  readonly createdAt: string;
}

/** What a model is asked. */
export interface TurnWish extends Talker {
  readonly talkId: number;
  /** The message to reply to; null: none. */
  readonly replyTo: number | null;
  readonly updateId: number | null;
  /** null: the model is only made ready. */
  readonly asked: string | null;
}

/** The same until Telegram has what came of it. */
export interface TalkTurn extends TurnWish {
  readonly id: number;
  readonly begun: boolean;
  readonly outcome: Outcome | null;
  /** The message that shows it growing. */
  readonly messageId: number | null;
  readonly attempts: number;
  readonly notBefore: string | null;
  readonly createdAt: string;
}

/** Talks with models. What was said in them is not kept. */
export interface Talks {
  /** Of one person in one chat there is one: another one takes its place. */
  readonly createTalk: (talker: Talker) => Talk;
  readonly talkOf: (chatId: number, userId: number) => Talk | undefined;
  readonly getTalk: (id: number) => Talk | undefined;
  /** The one whose model may be loaded. */
  readonly openTalk: () => Talk | undefined;
  readonly openNextTalk: () => Talk | undefined;
  readonly countWaiting: () => number;
  /** How many talks come before this one. */
  readonly countBefore: (id: number) => number;
  readonly countAnswer: (id: number) => void;
  readonly dropTalk: (id: number) => void;
  /** The same update again asks nothing more. @returns whether it is new */
  readonly createTurn: (wish: TurnWish, outcome?: Outcome) => boolean;
  readonly getTurn: (id: number) => TalkTurn | undefined;
  readonly isTurnOf: (updateId: number) => boolean;
  /** The oldest of a talk that is still to be answered. */
  readonly openTurn: (talkId: number) => TalkTurn | undefined;
  /** Whether something was said in a talk and is still to be answered. */
  readonly isAsked: (talkId: number) => boolean;
  readonly beginTurn: (id: number) => void;
  readonly settleTurn: (id: number, outcome: Outcome) => void;
  /** All that have begun and come to nothing, when the program starts. */
  readonly settleBegun: (outcome: Outcome) => void;
  /** Those of a talk that have not begun. */
  readonly settleUnbegun: (talkId: number, outcome: Outcome) => void;
  /** Drops what was said in a talk behind the turn that comes next: nobody will answer it. */
  readonly dropFollowing: (talkId: number) => void;
  /** Those of which something is to be shown or said, in order. */
  readonly listTurns: (limit: number) => TalkTurn[];
  readonly setTurnMessage: (id: number, messageId: number | null) => void;
  readonly putOffTurn: (id: number, notBefore: string) => void;
  readonly dropTurn: (id: number) => void;
}

const toTalk = rowMapper<Talk>();
const toTurn = rowMapper<TalkTurn>({
  table: 'talk_turns',
  booleans: ['begun'],
  json: { outcome: { schema: outcomeSchema, broken: { kind: 'interrupted' } } },
});

const OPEN_NEXT = `UPDATE talks SET state = 'open' WHERE id = (SELECT min(id) FROM talks WHERE state = 'waiting')
  AND NOT EXISTS (SELECT 1 FROM talks WHERE state = 'open')`;
const OPEN_OF = 'talk_id = ? AND outcome IS NULL';
const SETTLE = 'UPDATE talk_turns SET outcome = ?, attempts = 0, not_before = NULL WHERE outcome IS NULL';

type TalkRows = Omit<Talks, keyof ReturnType<typeof createTurns>>;

/** @param now the current time, ISO 8601 */
const createTurns = (sql: Sql, now: () => string) => ({
  createTurn: (wish: TurnWish, outcome?: Outcome): boolean => {
    const row = insertion({
      ...wish,
      outcome: outcome ? JSON.stringify(outcome) : null,
      createdAt: now(),
    });
    return sql.run(`INSERT INTO talk_turns ${row.text} ON CONFLICT (update_id) DO NOTHING`, row.values).changes > 0;
  },
  getTurn: (id: number) => sql.get('SELECT * FROM talk_turns WHERE id = ?', toTurn, [id]),
  isTurnOf: (updateId: number) =>
    sql.get('SELECT 1 FROM talk_turns WHERE update_id = ?', () => true, [updateId]) ?? false,
  openTurn: (talkId: number) =>
    sql.get(`SELECT * FROM talk_turns WHERE ${OPEN_OF} ORDER BY id LIMIT 1`, toTurn, [talkId]),
  isAsked: (talkId: number) =>
    sql.get(`SELECT 1 FROM talk_turns WHERE ${OPEN_OF} AND asked IS NOT NULL`, () => true, [talkId]) ?? false,
  beginTurn: (id: number): void => {
    sql.run('UPDATE talk_turns SET begun = 1 WHERE id = ?', [id]);
  },
  settleTurn: (id: number, outcome: Outcome): void => {
    sql.run(`${SETTLE} AND id = ?`, [JSON.stringify(outcome), id]);
  },
  settleBegun: (outcome: Outcome): void => {
    sql.run(`${SETTLE} AND begun = 1`, [JSON.stringify(outcome)]);
  },
  settleUnbegun: (talkId: number, outcome: Outcome): void => {
    sql.run(`${SETTLE} AND talk_id = ? AND begun = 0`, [JSON.stringify(outcome), talkId]);
  },
  dropFollowing: (talkId: number): void => {
    const next = `SELECT min(id) FROM talk_turns WHERE ${OPEN_OF}`;
    sql.run(`DELETE FROM talk_turns WHERE ${OPEN_OF} AND id > (${next})`, [talkId, talkId]);
  },
  listTurns: (limit: number) => sql.all('SELECT * FROM talk_turns ORDER BY id LIMIT ?', toTurn, [limit]),
  setTurnMessage: (id: number, messageId: number | null): void => {
    sql.run('UPDATE talk_turns SET message_id = ? WHERE id = ?', [messageId, id]);
  },
  putOffTurn: (id: number, notBefore: string): void => {
    sql.run('UPDATE talk_turns SET attempts = attempts + 1, not_before = ? WHERE id = ?', [notBefore, id]);
  },
  dropTurn: (id: number): void => {
    sql.run('DELETE FROM talk_turns WHERE id = ?', [id]);
  },
});

const createTalkRows = (sql: Sql, now: () => string): TalkRows => {
  const openTalk = (): Talk | undefined => sql.get("SELECT * FROM talks WHERE state = 'open'", toTalk);
  const talkOf = (chatId: number, userId: number): Talk | undefined =>
    sql.get('SELECT * FROM talks WHERE chat_id = ? AND user_id = ?', toTalk, [chatId, userId]);
  return {
    createTalk: (talker) => {
      const { chatId, userId } = talker;
      sql.run('DELETE FROM talks WHERE chat_id = ? AND user_id = ?', [chatId, userId]);
      const { threadId, modelId } = talker;
      const row = insertion({ chatId, userId, threadId, modelId, createdAt: now() });
      sql.run(`INSERT INTO talks ${row.text}`, row.values);
      const talk = talkOf(chatId, userId);
      if (!talk) throw new Error('a talk that was written down is not there');
      return talk;
    },
    talkOf,
    getTalk: (id) => sql.get('SELECT * FROM talks WHERE id = ?', toTalk, [id]),
    openTalk,
    openNextTalk: () => {
      sql.run(OPEN_NEXT);
      return openTalk();
    },
    countWaiting: () => sql.get("SELECT count(*) FROM talks WHERE state = 'waiting'", numberOf) ?? 0,
    countBefore: (id) => sql.get("SELECT count(*) FROM talks WHERE id < ? OR state = 'open'", numberOf, [id]) ?? 0,
    countAnswer: (id) => {
      sql.run('UPDATE talks SET answers = answers + 1 WHERE id = ?', [id]);
    },
    dropTalk: (id) => {
      sql.run('DELETE FROM talks WHERE id = ?', [id]);
    },
  };
};

/** @param now the current time, ISO 8601 */
export const createTalks = (sql: Sql, now: () => string): Talks => ({
  ...createTalkRows(sql, now),
  ...createTurns(sql, now),
});
