import type { Sql } from '../database/sql.ts';

/** `SET`: what its messages say is not true any more. */
export const UNSETTLED = 'settled = message_id IS NULL, card_settled = card_message_id IS NULL';

/** A removal that keeps this copy says what becomes of it: that has changed. */
export const drawKeptAnew = (sql: Pick<Sql, 'run'>, copyId: number): void =>
  void sql.run(`UPDATE removed_models SET ${UNSETTLED} WHERE copy_id = ? AND state = 'kept'`, [copyId]);
