import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';

/** What must be found nowhere. */
export interface Secret {
  readonly name: string;
  readonly text: string;
}

/** What is searched, by its name. */
export type Places = ReadonlyMap<string, Buffer>;

/** What is cut off a secret's beginning or end is a leak as well, from this length on. */
const PART = 16;
/** Less is found by chance. */
const SHORTEST = 8;

const percentEncoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** What Base64 makes of a text that stands within another: by where it begins, without what depends on its neighbours. */
const base64Forms = (text: string): readonly string[] =>
  [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString('base64');
    const whole = Math.floor((before + Buffer.byteLength(text)) / 3) * 4;
    return encoded.slice(before === 0 ? 0 : 4, whole);
  });

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** A text in the forms in which it may stand somewhere, by their names. */
const formsOf = (text: string): ReadonlyMap<string, readonly string[]> => {
  const base64 = base64Forms(text);
  const forms = new Map([
    ['as it is', [text, text.slice(0, PART), text.slice(-PART)]],
    ['in a URL', [encodeURIComponent(text), encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase())]],
    ['percent-encoded', [percentEncoded(text), percentEncoded(text).replace(/[a-f]/g, (digit) => digit.toUpperCase())]],
    ['in JSON', [inJson(text), inJson(inJson(text))]],
    ['in Base64', [...base64, ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]],
    ['in hexadecimal', [Buffer.from(text).toString('hex'), Buffer.from(text).toString('hex').toUpperCase()]],
    ['in UTF-16', [Buffer.from(text, 'utf16le').toString('latin1')]],
  ]);
  const known = new Set<string>();
  const isNew = (form: string): boolean => form.length >= SHORTEST && known.size < known.add(form).size;
  return new Map([...forms].map(([name, all]) => [name, all.filter(isNew)]));
};

/** What makes a signed URL work, whoever signed it, also within another URL or JSON; what stands for a hidden or sealed one does not fit. */
const SIGNED =
  /(?:[?&]|%3f|%26|\\u0026)((?:Signature|Policy|Key-Pair-Id|sig|X-(?:Amz|Goog|Xet)-[a-z-]{1,40})(?:=|%3d)(?!sealed\.1\.)[\w%.~+/-]{4})/gi;

interface Needle {
  readonly label: string;
  readonly bytes: Buffer;
}

/** Which of thousands of needles some bytes hold, by their labels. Looked for one by one, they take seconds of each run. */
const createSearch = (needles: readonly Needle[]): ((bytes: Buffer) => ReadonlySet<string>) => {
  const byBeginning = Map.groupBy(needles, ({ bytes }) => bytes.toString('latin1', 0, SHORTEST));
  /** By what the first three bytes are as a number: whether a needle begins so. */
  const begins = new Uint8Array(2 ** 24);
  for (const { bytes } of needles) begins[bytes.readUIntLE(0, 3)] = 1;
  return (bytes) => {
    const found = new Set<string>();
    let three = 0;
    let at = -3;
    for (const byte of bytes) {
      three = (three >>> 8) | (byte << 16);
      at += 1;
      if (begins[three] !== 1 || at < 0) continue;
      for (const { label, bytes: sought } of byBeginning.get(bytes.toString('latin1', at, at + SHORTEST)) ?? [])
        if (bytes.subarray(at, at + sought.length).equals(sought)) found.add(label);
    }
    return found;
  };
};

/** Where which secret is found, a line each, and in which form; none, if all is well. Nothing of a secret stands in them. */
export const leaksIn = (places: Places, secrets: readonly Secret[]): readonly string[] => {
  const search = createSearch(
    secrets.flatMap(({ name, text }) =>
      [...formsOf(text)].flatMap(([form, needles]) =>
        needles.map((needle) => ({ label: `${name}, ${form}`, bytes: Buffer.from(needle, 'latin1') })),
      ),
    ),
  );
  return [...places].flatMap(([place, bytes]) => [
    ...[...search(bytes)].map((label) => `${place}: ${label}`),
    ...new Set(
      [...bytes.toString('latin1').matchAll(SIGNED)].map(
        ([, found = '']) => `${place}: signed URL, ${found.split(/=|%3d/i)[0]}`,
      ),
    ),
  ]);
};

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isDatabase = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 15) === 'SQLite format 3';

/** Every value of every table, with what its log holds: on the disk a long value lies in pieces. */
const rowsIn = (path: string): Buffer => {
  const database = new Database(path, { readonly: true });
  try {
    const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const rows = tables.map(({ name }) => database.prepare<[], object>(`SELECT * FROM "${name}"`).all());
    return Buffer.from(rows.flat().flatMap(Object.values).map(String).join('\n'));
  } finally {
    database.close();
  }
};

/** What lies in some bytes: they themselves, what they hold packed, and what a database says. @param scratch a folder for copies */
const within = (name: string, bytes: Buffer, scratch: string): readonly (readonly [string, Buffer])[] => {
  if (isGzip(bytes)) return [[name, bytes], ...within(`${name}, unpacked`, gunzipSync(bytes), scratch)];
  if (!isDatabase(bytes)) return [[name, bytes]];
  const copy = join(scratch, `${randomUUID()}.db`);
  writeFileSync(copy, bytes);
  return [
    [name, bytes],
    [`${name}, its rows`, rowsIn(copy)],
  ];
};

/** These bytes, and what is packed into them. */
export const unpacked = (name: string, bytes: Buffer): Places => {
  const scratch = mkdtempSync(join(tmpdir(), 'hubgram-leaks-'));
  try {
    return new Map(within(name, bytes, scratch));
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

/** All files in a folder, and what is packed into them; a database is also read as one, with its log. Nobody else has it open. */
export const filesIn = (folder: string): Places => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name));
  // All of them before a database is opened, which takes up its log.
  const read = paths.map((path) => [path, readFileSync(path)] as const);
  const found = new Map<string, Buffer>();
  for (const [path, bytes] of read) {
    const name = relative(folder, path);
    const inside = isDatabase(bytes)
      ? new Map([
          [name, bytes],
          [`${name}, its rows`, rowsIn(path)],
        ])
      : unpacked(name, bytes);
    for (const [place, content] of inside) found.set(place, content);
  }
  return found;
};
