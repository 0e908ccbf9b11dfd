import { DEFAULT_SELECTION, selectionKey } from '../../domain/files/selection.ts';
import type { LibraryFilter, LibrarySort } from '../../domain/library-filter.ts';
import type { Model } from '../../domain/model.ts';
import { STATUS_WORDS, type StatusWord } from '../../domain/states/model.ts';
import { rowMapper } from '../database/row.ts';
import { numberOf, type Sql, type Value } from '../database/sql.ts';
import { MODEL, toModel } from './models.ts';
import { CANCELLED } from './sessions.ts';

/** What a list comes to. */
export interface LibrarySum {
  readonly models: number;
  /** Of all whose size is known. */
  readonly sizeBytes: number;
  /** Of those that are complete. */
  readonly completedBytes: number;
}

/** How many models of a chat have this. */
export interface Tally<T = string> {
  readonly value: T;
  readonly models: number;
}

/** A model as far as it takes to know whether it is meant: a whole row costs ten times as much, and most are not. */
export type NamedModel = Pick<
  Model,
  'id' | 'repoType' | 'name' | 'canonicalName' | 'title' | 'revision' | 'selection' | 'hostId' | 'hostName'
>;

/** Models of a chat that words may mean, the newest first. Letters are compared as ASCII has them. */
interface NamedModels {
  /** Of which this is the name, as it was typed or as the source has it now. */
  readonly namedExactly: (chatId: number, name: string) => NamedModel[];
  /** All that have a title: letters of all scripts are compared elsewhere. */
  readonly titled: (chatId: number) => NamedModel[];
  /** Of whose name this is a part, or whose choice of files is one of these labels. @param most so many; undefined: all */
  readonly namedLike: (chatId: number, part: string, labels: readonly string[], most?: number) => NamedModel[];
  /** Of whose choice of files or revision this is a part, where they are not the usual ones. */
  readonly toldApartBy: (chatId: number, part: string, most?: number) => NamedModel[];
}

/** Lists of a chat's library: filtered, sorted, counted and summed in SQL. */
export interface LibraryLists extends NamedModels {
  /** @param page how many, and how many before them are left out */
  readonly listLibrary: (
    chatId: number,
    filter: LibraryFilter,
    page: { readonly limit: number; readonly offset: number },
  ) => Model[];
  /** All of them, however many, as far as it takes to know whose they are. */
  readonly findLibrary: (chatId: number, filter: LibraryFilter) => Pick<Model, 'id' | 'requestedBy'>[];
  readonly sumLibrary: (chatId: number, filter: LibraryFilter) => LibrarySum;
  /** How many models of a chat fit, without their sizes. */
  readonly countLibrary: (chatId: number, filter: LibraryFilter) => number;
  /** What of these states a chat has, in the order of the words. */
  readonly tallyWords: (chatId: number) => Tally<StatusWord>[];
  readonly tallyCategories: (chatId: number) => Tally[];
  /** By the names of machines; what moves counts for both. */
  readonly tallyHosts: (chatId: number) => Tally[];
  /** The most frequent first. */
  readonly tallyTags: (chatId: number, most: number) => Tally[];
  /** A tag as this chat writes it, if one of its models has it. */
  readonly tagOf: (chatId: number, tag: string) => string | undefined;
  /** The chats whose libraries have or want this copy, by their ids. */
  readonly chatsWithCopy: (copyId: number) => number[];
  /** In the order in which they were written. */
  readonly tagsOf: (modelId: number) => string[];
  /** Replaces them all. @throws AppError constraint: one is empty, too long or has a comma */
  readonly setTags: (modelId: number, tags: readonly string[]) => void;
}

/** Each goes along an index; the id decides between equals, so that no page shows what another one showed. */
const ORDERS: Readonly<Record<LibrarySort, string>> = {
  newest: 'id DESC',
  oldest: 'id',
  name: 'coalesce(title, name) COLLATE NOCASE, id',
  largest: 'size_bytes DESC, id DESC',
  smallest: 'size_bytes, id',
  changed: 'updated_at DESC, id DESC',
};

const HAS_TAG = 'EXISTS (SELECT 1 FROM model_tags WHERE model_tags.model_id = models.id AND model_tags.tag = ?)';

/** Where a word may stand. */
const TEXTS = ['name', 'canonical_name', 'title', 'description'];
const HAS_TEXT = `(${TEXTS.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')}
  OR EXISTS (SELECT 1 FROM model_tags WHERE model_tags.model_id = models.id AND model_tags.tag LIKE ? ESCAPE '\\'))`;

/** Part of a text, with the signs of LIKE meaning themselves. */
const partOf = (text: string): string => `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`;

interface Condition {
  readonly text: string;
  readonly values: readonly Value[];
}

const wordCondition = (word: StatusWord): Condition => {
  if (word === 'cancelled') return { text: CANCELLED, values: [] };
  const text = word === 'paused' ? `models.status = ? AND NOT (${CANCELLED})` : 'models.status = ?';
  return { text, values: [word] };
};

/** What moves lies on another machine until it has come, and lists tell both. */
const ON_HOST = `(models.host_id = (SELECT id FROM hosts WHERE name = ?) OR (models.status <> 'completed' AND models.copy_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM copies JOIN hosts ON hosts.id = copies.host_id WHERE copies.id = models.copy_id AND hosts.name = ?)))`;

const HOSTS = `SELECT hosts.name AS value, sum(counted.models) AS models FROM (
    SELECT host_id, count(*) AS models FROM models WHERE chat_id = :chatId GROUP BY host_id
    UNION ALL SELECT copies.host_id, count(*) FROM models CROSS JOIN copies ON copies.id = models.copy_id
      WHERE models.chat_id = :chatId AND models.status <> 'completed' AND models.copy_id IS NOT NULL
        AND copies.host_id <> models.host_id GROUP BY copies.host_id
  ) AS counted JOIN hosts ON hosts.id = counted.host_id GROUP BY hosts.id ORDER BY hosts.id`;

const conditionsOf = ({ word, category, tags = [], mark, on, text = [] }: LibraryFilter): Condition[] => [
  ...(word === undefined ? [] : [wordCondition(word)]),
  ...(category === undefined ? [] : [{ text: 'category = ?', values: [category] }]),
  ...(mark === 'pinned' ? [{ text: 'pinned = 1', values: [] }] : []),
  ...(mark === 'off' ? [{ text: 'enabled = 0', values: [] }] : []),
  ...(on === undefined ? [] : [{ text: ON_HOST, values: [on, on] }]),
  ...tags.map((tag) => ({ text: HAS_TAG, values: [tag] })),
  ...text.map((part) => ({ text: HAS_TEXT, values: [...TEXTS, 'tag'].map(() => partOf(part)) })),
];

/** What follows WHERE, of one chat's models. */
const whereOf = (chatId: number, filter: LibraryFilter): Condition => {
  const conditions = conditionsOf(filter);
  return {
    text: ['chat_id = ?', ...conditions.map(({ text }) => text)].join(' AND '),
    values: [chatId, ...conditions.flatMap(({ values }) => values)],
  };
};

const NAMED = `id, repo_type, name, canonical_name, title, revision, selection, host_id,
    (SELECT hosts.name FROM hosts WHERE hosts.id = host_id AND hosts.id <> 1) AS host_name`;

const NAMED_EXACTLY = `SELECT ${NAMED} FROM models WHERE id IN (
    SELECT id FROM models WHERE chat_id = :chatId AND lower(name) = lower(:name)
    UNION
    SELECT id FROM models WHERE chat_id = :chatId AND canonical_name IS NOT NULL AND lower(canonical_name) = lower(:name))
  ORDER BY id DESC`;
const TITLED = `SELECT ${NAMED} FROM models WHERE chat_id = :chatId AND title IS NOT NULL ORDER BY id DESC`;

/**
 * All of a library is looked through for a part of a name: in the index that has all which is compared, not in its rows, which are five
 * times as large; and rows are read of those alone that are told. By the plus SQLite does not go through the rows to save the sorting.
 */
const foundBy = (which: string): string => `WITH found (id) AS (
    SELECT id FROM models WHERE chat_id = :chatId AND (${which}) ORDER BY +id DESC LIMIT :most)
  SELECT ${NAMED} FROM models WHERE id IN (SELECT id FROM found) ORDER BY id DESC`;
const namedLike = (labels: readonly string[]): string =>
  foundBy(
    [String.raw`name LIKE :like ESCAPE '\'`, ...labels.map((_, at) => `selection LIKE :label${at} ESCAPE '\\'`)].join(
      ' OR ',
    ),
  );
const TOLD_APART_BY = foundBy(String.raw`(selection <> :usual AND selection LIKE :like ESCAPE '\')
    OR (revision <> 'main' AND revision LIKE :like ESCAPE '\')`);

const SUMS = `count(*) AS models, total(size_bytes) AS size_bytes,
  total(size_bytes) FILTER (WHERE models.status = 'completed') AS completed_bytes`;

const toFound = rowMapper<Pick<Model, 'id' | 'requestedBy'>>();
const toNamed = rowMapper<NamedModel>();
const toSum = rowMapper<LibrarySum>();
const toTally = rowMapper<Tally>();

const createTags = (sql: Sql): Pick<LibraryLists, 'tallyTags' | 'tagOf' | 'tagsOf' | 'setTags'> => ({
  tallyTags: (chatId, most) =>
    sql.all(
      `SELECT min(tag) AS value, count(*) AS models FROM models JOIN model_tags ON model_tags.model_id = models.id
       WHERE chat_id = ? GROUP BY tag ORDER BY models DESC, tag LIMIT ?`,
      toTally,
      [chatId, most],
    ),
  tagOf: (chatId, tag) => {
    const isKnown = sql.get('SELECT 1 FROM model_tags WHERE tag = ? LIMIT 1', () => true, [tag]) ?? false;
    if (!isKnown) return undefined;
    // From the models of this chat, however many others have the tag.
    return sql.get(
      `SELECT tag FROM models CROSS JOIN model_tags ON model_tags.model_id = models.id
       WHERE chat_id = ? AND model_tags.tag = ? LIMIT 1`,
      (row) => String(row['tag']),
      [chatId, tag],
    );
  },
  tagsOf: (modelId) =>
    sql.all('SELECT tag FROM model_tags WHERE model_id = ? ORDER BY position', (row) => String(row['tag']), [modelId]),
  setTags: (modelId, tags) =>
    sql.atomically(() => {
      sql.run('DELETE FROM model_tags WHERE model_id = ?', [modelId]);
      tags.forEach((tag, position) => {
        sql.run('INSERT INTO model_tags (model_id, tag, position) VALUES (?, ?, ?)', [modelId, tag, position]);
      });
    }),
});

/** How a selection begins that has this label; as it is kept, the choice stands first. */
const beginsWith = (label: string): string => partOf(`{"quantize":${JSON.stringify(label)},`).slice(1);

const ALL = -1;

const createNamed = (sql: Sql): NamedModels => ({
  namedExactly: (chatId, name) => sql.all(NAMED_EXACTLY, toNamed, { chatId, name }),
  titled: (chatId) => sql.all(TITLED, toNamed, { chatId }),
  namedLike: (chatId, part, labels, most = ALL) => {
    const labelled = Object.fromEntries(labels.map((label, at) => [`label${at}`, beginsWith(label)]));
    return sql.all(namedLike(labels), toNamed, { chatId, like: partOf(part), most, ...labelled });
  },
  toldApartBy: (chatId, part, most = ALL) =>
    sql.all(TOLD_APART_BY, toNamed, { chatId, like: partOf(part), usual: selectionKey(DEFAULT_SELECTION), most }),
});

/** The rows of library lists. */
export const createLibraryLists = (sql: Sql): LibraryLists => {
  const countLibrary: LibraryLists['countLibrary'] = (chatId, filter) => {
    const { text, values } = whereOf(chatId, filter);
    return sql.get(`SELECT count(*) FROM models WHERE ${text}`, numberOf, values) ?? 0;
  };
  return {
    listLibrary: (chatId, filter, { limit, offset }) => {
      const { text, values } = whereOf(chatId, filter);
      const order = ORDERS[filter.sort ?? 'newest'];
      // Whole rows would be sorted with all that stands in them, most of them for nothing.
      const ids = sql.all(`SELECT id FROM models WHERE ${text} ORDER BY ${order} LIMIT ? OFFSET ?`, numberOf, [
        ...values,
        limit,
        offset,
      ]);
      return ids.flatMap((id) => sql.get(`SELECT ${MODEL} FROM models WHERE id = ?`, toModel, [id]) ?? []);
    },
    findLibrary: (chatId, filter) => {
      const { text, values } = whereOf(chatId, filter);
      return sql.all(`SELECT id, requested_by FROM models WHERE ${text} ORDER BY id`, toFound, values);
    },
    sumLibrary: (chatId, filter) => {
      const { text, values } = whereOf(chatId, filter);
      return sql.get(`SELECT ${SUMS} FROM models WHERE ${text}`, toSum, values) as LibrarySum;
    },
    countLibrary,
    tallyWords: (chatId) =>
      STATUS_WORDS.map((word) => ({ value: word, models: countLibrary(chatId, { word }) })).filter(
        ({ models }) => models > 0,
      ),
    tallyCategories: (chatId) =>
      sql.all(
        `SELECT category AS value, count(*) AS models FROM models WHERE chat_id = ? AND category IS NOT NULL
         GROUP BY category ORDER BY category`,
        toTally,
        [chatId],
      ),
    tallyHosts: (chatId) => sql.all(HOSTS, toTally, { chatId }),
    chatsWithCopy: (copyId) =>
      sql.all(
        `SELECT chat_id FROM models WHERE copy_id = :copyId UNION SELECT chat_id FROM models WHERE wants_copy_id = :copyId
         ORDER BY chat_id`,
        numberOf,
        { copyId },
      ),
    ...createTags(sql),
    ...createNamed(sql),
  };
};
