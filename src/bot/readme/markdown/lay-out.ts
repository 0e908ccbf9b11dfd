import { Parser } from 'htmlparser2';
import { Marked } from 'marked';
import { createSink, type Laid, type Sink } from './sink.ts';
import { layTable, type Row } from './table.ts';
import { table } from '../../../lib/table.ts';

/** Where what a page names without a host lies. */
export interface Bases {
  /** The page itself, for what it links to. */
  readonly page: string;
  /** The bytes of it, for the pictures in it. */
  readonly raw: string;
}

const STYLES = table<'bold' | 'italic' | 'underline' | 'strikethrough' | 'code'>({
  b: 'bold',
  code: 'code',
  del: 'strikethrough',
  em: 'italic',
  h1: 'bold',
  h2: 'bold',
  h3: 'bold',
  h4: 'bold',
  h5: 'bold',
  h6: 'bold',
  i: 'italic',
  ins: 'underline',
  kbd: 'code',
  s: 'strikethrough',
  samp: 'code',
  strike: 'strikethrough',
  strong: 'bold',
  summary: 'bold',
  tt: 'code',
  u: 'underline',
});

/** What stands on lines of its own: alone on them, or with an empty one around it. */
const BLOCKS = table<1 | 2>({
  address: 2,
  article: 2,
  aside: 2,
  blockquote: 2,
  center: 2,
  dd: 1,
  details: 2,
  div: 1,
  dl: 2,
  dt: 1,
  figcaption: 1,
  figure: 2,
  footer: 2,
  form: 2,
  h1: 2,
  h2: 2,
  h3: 2,
  h4: 2,
  h5: 2,
  h6: 2,
  header: 2,
  main: 2,
  nav: 2,
  p: 2,
  section: 2,
  summary: 1,
});

/** What is no text. */
const SILENT = new Set([
  'head',
  'math',
  'noscript',
  'object',
  'script',
  'style',
  'svg',
  'template',
  'textarea',
  'title',
]);

const URL_MOST = 2000;
const ALT_MOST = 200;
const LANGUAGE = /(?:^|\s)language-([\w+#.-]{1,40})/;
/** Lists and tables lie in each other so deep and no deeper. */
const DEEPEST = 8;

interface Table {
  readonly rows: { isHead: boolean; cells: Laid[] }[];
  cell: Sink | undefined;
}

interface List {
  readonly isOrdered: boolean;
  next: number;
}

interface Page {
  readonly bases: Bases;
  readonly sink: Sink;
  readonly lists: List[];
  readonly tables: Table[];
  silent: number;
  /** Text of a block of code, as it is. */
  pre: { text: string[]; language: string | undefined } | undefined;
}

/** An address that a tap may open; undefined for all but http and https. */
const webAddress = (address: string | undefined, base: string): string | undefined => {
  if (address === undefined || address.length > URL_MOST) return undefined;
  const url = URL.parse(address.trim(), base);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.href.length > URL_MOST) return undefined;
  return url.href;
};

/** Where text goes now; undefined between the cells of a table. */
const sinkOf = ({ tables, sink }: Page): Sink | undefined => {
  const inner = tables.at(-1);
  return inner ? inner.cell : sink;
};

type Attributes = Readonly<Record<string, string>>;

const openItem = ({ lists }: Page, sink: Sink): void => {
  const list = lists.at(-1);
  sink.block(1);
  const mark = list?.isOrdered === true ? `${list.next}. ` : '• ';
  if (list) list.next += 1;
  sink.putMark(`${'   '.repeat(Math.min(Math.max(lists.length - 1, 0), DEEPEST))}${mark}`);
};

const openList = (page: Page, sink: Sink, isOrdered: boolean, { start }: Attributes): void => {
  sink.block(page.lists.length === 0 ? 2 : 1);
  const first = /^\d{1,6}$/.test(start ?? '') ? Number(start) : 1;
  page.lists.push({ isOrdered, next: first });
};

const putImage = ({ bases }: Page, sink: Sink, { alt = '', src }: Attributes): void => {
  const said = alt.trim() === '' ? 'picture' : alt.slice(0, ALT_MOST);
  const url = webAddress(src, bases.raw);
  sink.open('img', url === undefined ? undefined : { type: 'text_link', url });
  sink.put(` ${said} `);
  sink.close('img');
};

const openStyled = (page: Page, sink: Sink, name: string, attributes: Attributes): void => {
  const lines = BLOCKS[name];
  const style = STYLES[name];
  const link = name === 'a' ? webAddress(attributes['href'], page.bases.page) : undefined;
  // Within a list an item's paragraphs are its lines.
  if (lines !== undefined) sink.block(page.lists.length > 0 ? 1 : lines, /^h\d$/.test(name));
  if (link !== undefined) sink.open(name, { type: 'text_link', url: link });
  else if (name === 'blockquote') sink.open(name, { type: 'blockquote' });
  else sink.open(name, style && { type: style });
};

const openIn = (page: Page, sink: Sink, name: string, attributes: Attributes): void => {
  switch (name) {
    case 'br':
      return sink.lineBreak();
    case 'hr':
      sink.block(2);
      sink.put('———');
      return sink.block(2);
    case 'img':
      return putImage(page, sink, attributes);
    case 'input':
      return attributes['type'] === 'checkbox' ? sink.put('checked' in attributes ? '☑ ' : '☐ ') : undefined;
    case 'li':
      return openItem(page, sink);
    case 'ul':
    case 'ol':
      return openList(page, sink, name === 'ol', attributes);
    case 'pre':
      page.pre = { text: [], language: undefined };
      return undefined;
    default:
      return openStyled(page, sink, name, attributes);
  }
};

const openCell = ({ tables }: Page, isHead: boolean): void => {
  const inner = tables.at(-1);
  if (!inner) return;
  if (inner.rows.length === 0) inner.rows.push({ isHead: false, cells: [] });
  const row = inner.rows.at(-1);
  if (row && isHead) row.isHead = true;
  inner.cell = createSink();
};

const closeCell = ({ tables }: Page): void => {
  const inner = tables.at(-1);
  if (inner?.cell) inner.rows.at(-1)?.cells.push(inner.cell.end());
  if (inner) inner.cell = undefined;
};

const closeTable = (page: Page): void => {
  closeCell(page);
  const rows: readonly Row[] = page.tables.pop()?.rows ?? [];
  const sink = sinkOf(page);
  const laid = layTable(rows);
  if (!sink) return;
  sink.block(2);
  if ('columns' in laid) sink.putPre(laid.columns, undefined);
  else
    for (const line of laid.lines) {
      sink.block(1);
      sink.putLaid({ text: line.text, entities: line.entities, breaks: [] });
    }
  sink.block(2);
};

const isTable = ({ tables }: Page, name: string): boolean =>
  name === 'table' ? tables.length < DEEPEST : tables.length > 0 && ['tr', 'td', 'th'].includes(name);

const open = (page: Page, name: string, attributes: Attributes): void => {
  if (SILENT.has(name)) page.silent += 1;
  if (page.silent > 0) return;
  if (page.pre) {
    page.pre.language ??= LANGUAGE.exec(attributes['class'] ?? '')?.[1];
    if (name === 'br') page.pre.text.push('\n');
  } else if (isTable(page, name)) {
    if (name === 'table') page.tables.push({ rows: [], cell: undefined });
    else if (name === 'tr') page.tables.at(-1)?.rows.push({ isHead: false, cells: [] });
    else openCell(page, name === 'th');
  } else {
    const sink = sinkOf(page);
    if (sink) openIn(page, sink, name, attributes);
  }
};

const closePre = (page: Page): void => {
  const { pre } = page;
  page.pre = undefined;
  if (pre) sinkOf(page)?.putPre(pre.text.join(''), pre.language);
};

const close = (page: Page, name: string): void => {
  if (SILENT.has(name)) {
    page.silent = Math.max(0, page.silent - 1);
    return;
  }
  if (page.silent > 0) return;
  if (name === 'pre') closePre(page);
  if (page.pre) return;
  if (name === 'table' && page.tables.length > 0) return closeTable(page);
  if (name === 'td' || name === 'th') return closeCell(page);
  const sink = sinkOf(page);
  if (name === 'ul' || name === 'ol') page.lists.pop();
  if (!sink) return;
  sink.close(name);
  const lines = name === 'ul' || name === 'ol' ? 2 : BLOCKS[name];
  if (lines !== undefined) sink.block(page.lists.length > 0 ? 1 : lines);
};

const put = (page: Page, text: string): void => {
  if (page.silent > 0) return;
  if (page.pre) page.pre.text.push(text);
  else sinkOf(page)?.put(text);
};

/**
 * Markdown, with HTML in it, as text with entities. Takes time and memory in no proportion to the text if somebody wants it to: to be called
 * where that may be ended from outside.
 * @throws whatever the readers throw, RangeError among it: it lies too deep
 */
export const layOut = (markdown: string, bases: Bases): Laid => {
  const page: Page = { bases, sink: createSink(), lists: [], tables: [], silent: 0, pre: undefined };
  const parser = new Parser(
    {
      onopentag: (name, attributes) => open(page, name, attributes),
      onclosetag: (name) => close(page, name),
      ontext: (text) => put(page, text),
    },
    { decodeEntities: true },
  );
  parser.write(new Marked({ gfm: true }).parse(markdown, { async: false }));
  parser.end();
  while (page.tables.length > 0) closeTable(page);
  return page.sink.end();
};
