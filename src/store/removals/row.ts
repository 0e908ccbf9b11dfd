import { z } from 'zod';
import type { Taking } from '../../domain/copy.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { RemovedMessage, RemovedModel } from '../../domain/removals/removed-model.ts';
import type { RemovedModelState } from '../../domain/states/removed-model.ts';
import { readJson, type Row, type TellBroken } from '../database/row.ts';
import { toModel } from '../downloads/models.ts';
import type { Entry } from './entry.ts';

const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const entrySchema: z.ZodType<Entry> = z.object({
  model: rowSchema,
  rows: z.record(z.string(), z.array(rowSchema)),
  ids: z.record(z.string(), z.array(z.number())),
});

/** How the columns about a message begin. */
export const MESSAGES: Readonly<Record<RemovedMessage['kind'], string>> = { answer: '', card: 'card_' };

/** A row, with what it was made from. */
export interface Read {
  readonly removed: RemovedModel;
  readonly entry: Entry;
}

const messagesOf = (row: Row): RemovedMessage[] =>
  (['answer', 'card'] as const).flatMap((kind) => {
    const messageId = row[`${MESSAGES[kind]}message_id`];
    const isSettled = row[`${MESSAGES[kind]}settled`] === 1;
    return typeof messageId === 'number' ? [{ kind, messageId, isSettled }] : [];
  });

/** What is read of a removed model: its row, and what the host was called that it was on. */
export const REMOVED = `*, (SELECT hosts.name FROM hosts
  WHERE hosts.id = json_extract(entry, '$.model.host_id') AND hosts.id <> ${THIS_HOST}) AS host_name`;

/** One that cannot be read is as if it were not there: its copies go when its time is over. */
export const toRead = (row: Row, tell: TellBroken): Read | undefined => {
  const read = readJson(row['entry'], entrySchema);
  if ('broken' in read) {
    tell({ table: 'removed_models', row: row['model_id'], column: 'entry', err: read.broken });
    return undefined;
  }
  const entry = read.value;
  const removed: RemovedModel = {
    modelId: Number(row['model_id']),
    chatId: Number(row['chat_id']),
    state: row['state'] as RemovedModelState,
    model: toModel(
      { host_id: THIS_HOST, ...entry.model, host_name: row['host_name'] ?? null, commit_sha: null, files_gone: 0 },
      tell,
    ),
    taking: row['taking'] as Taking,
    copyId: row['copy_id'] as number | null,
    wantsCopyId: row['wants_copy_id'] as number | null,
    notBefore: String(row['not_before']),
    freedBytes: Number(row['freed_bytes']),
    messages: messagesOf(row),
    updatedAt: String(row['updated_at']),
  };
  return { removed, entry };
};

/** The same without what it was made from; nothing if it cannot be read. */
export const toRemoved = (row: Row, tell: TellBroken): readonly RemovedModel[] => {
  const read = toRead(row, tell);
  return read ? [read.removed] : [];
};
