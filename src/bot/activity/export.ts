import type { ActivityFilter } from '../../domain/activity/filter.ts';
import { BYTE_ORDER_MARK, csvRow } from '../../lib/text/csv.ts';
import { type Times, timesOf } from '../../library/model-view.ts';
import { readActivity } from '../../people/activity-pages.ts';
import type { Activity } from '../../store/people/activity-log.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { DOCUMENT_MOST } from '../telegram/files/document-size.ts';
import { answer, answerWithDocument } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { shorten } from '../ui/text.ts';
import { namesIn } from './names.ts';
import { type Names, text } from './text.ts';

const HEAD = [
  'time',
  'person_id',
  'person',
  'chat_id',
  'chat',
  'action',
  'result',
  'model',
  'said',
  'error',
  'details',
];

/** The same names stand in thousands of lines. */
const remembered = ({ person, chat }: Names): Names => {
  const known = new Map<string, string>();
  const once = (key: string, find: () => string): string => {
    const name = known.get(key) ?? find();
    known.set(key, name);
    return name;
  };
  return { person: (id) => once(`person ${id}`, () => person(id)), chat: (id) => once(`chat ${id}`, () => chat(id)) };
};

const rowOf = ({ createdAt, userId, chatId, action, result, metadata }: Activity, names: Names): string => {
  const { model, said = '', error = '', by: _, ...details } = metadata ?? {};
  const more = Object.keys(details).length > 0 ? JSON.stringify(details) : '';
  const about = [action, result, model?.name ?? '', said, error, more];
  return csvRow([createdAt, userId, names.person(userId), chatId, names.chat(chatId), ...about]);
};

interface LogFile {
  readonly pieces: readonly Buffer[];
  /** Lines of the log in it. */
  readonly count: number;
  /** There are more, which would have made it too long. */
  readonly isCut: boolean;
}

/** What of the log fits, as CSV, the newest line first. @param bytesMost what would be longer is cut behind a line */
export const csvOf = async (
  store: BotDeps['store'],
  filter: ActivityFilter,
  times: Times,
  bytesMost = DOCUMENT_MOST,
): Promise<LogFile> => {
  const names = remembered(namesIn(store, shorten));
  const head = Buffer.from(BYTE_ORDER_MARK + csvRow(HEAD));
  const pieces = [head];
  let [bytes, count, isCut] = [head.length, 0, false];
  for await (const slice of readActivity(store, { filter, direction: 'older', from: undefined }, times)) {
    const rows: string[] = [];
    for (const line of slice) {
      const row = rowOf(line, names);
      isCut = bytes + Buffer.byteLength(row) > bytesMost;
      if (isCut) break;
      bytes += Buffer.byteLength(row);
      rows.push(row);
    }
    count += rows.length;
    pieces.push(Buffer.from(rows.join('')));
    if (isCut) break;
  }
  return { pieces, count, isCut };
};

/** Sends what of the log fits as a CSV document. */
export const sendLog = async (deps: BotDeps, ctx: Ctx, filter: ActivityFilter): Promise<void> => {
  const { pieces, count, isCut } = await csvOf(deps.store, filter, timesOf(deps, ctx.chat?.id ?? 0));
  if (count === 0) await answer(ctx, { text: plain(text.nothingLikeThat) });
  else
    await answerWithDocument(ctx, {
      name: 'activity.csv',
      caption: text.exported(count, isCut),
      pieces: async function* () {
        yield* pieces;
      },
    });
};
