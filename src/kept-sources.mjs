// What a start loads, kept in one file: our sources without their types, those of packages, and where packages lie. What has changed since
// is not taken from there: a file is known by its size and its times, where packages lie by those of their package.json, and of the list that
// npm writes of what it has installed.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';

/** How its file is written; another one is not read. */
const FORMAT = 2;
/** Of a file that changed a moment ago the disk may not tell the next change: FAT knows every other second. */
const SETTLED_MS = 3000;
/** The checksum is in front: so many hexadecimal digits, and the end of the line. */
const DIGITS = 8;

const pathOf = (url) => (/%|^file:\/\/\/[a-z]:/i.test(url) ? fileURLToPath(url) : url.slice('file://'.length));

/** undefined: there is no such file. */
const stampOf = (path) => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && [found.size, found.mtimeMs, found.ctimeMs];
};

const isSame = (one, other) => one !== undefined && other !== undefined && one.every((part, at) => part === other[at]);

/** Of what lies in a package, the file by which Node has found it; undefined: it lies in none. */
const manifestOf = (url) => {
  const [folder] = /^file:.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(url) ?? [];
  return folder === undefined ? undefined : pathOf(`${folder}package.json`);
};

/** Of all by which something was found: paths with stamps, null where there is no such file. */
const manifestsOf = (found) => {
  const stamps = new Map();
  for (const ofParents of Object.values(found)) {
    for (const [url] of Object.values(ofParents).flatMap((ofParent) => Object.values(ofParent))) {
      const path = manifestOf(url);
      if (path !== undefined && !stamps.has(path)) stamps.set(path, stampOf(path) ?? null);
    }
  }
  return [...stamps];
};

const isUnchanged = ([path, stamp]) => {
  const now = stampOf(path);
  return stamp === null ? now === undefined : isSame(stamp, now);
};

/** Types become blanks: each line and column stays what it was. To people who run the program Node would say that this may change. */
const withoutTypes = (source) => {
  const emitWarning = Reflect.get(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
};

/** Nothing if it is not there, is damaged, or of another folder: a start takes longer then, and no more than that. */
const read = (file, root, packages) => {
  try {
    const bytes = readFileSync(file);
    const body = bytes.subarray(DIGITS + 1);
    if (crc32(body) !== Number.parseInt(bytes.latin1Slice(0, DIGITS), 16)) return undefined;
    const end = body.indexOf('\n');
    const {
      format,
      root: ofRoot,
      packages: ofPackages,
      manifests,
      found,
      sources,
    } = JSON.parse(body.utf8Slice(0, end));
    if (format !== FORMAT || ofRoot !== root) return undefined;
    const isBelieved = isSame(packages, ofPackages) && manifests.every(isUnchanged);
    return { found: isBelieved ? found : {}, sources, text: body.subarray(end + 1) };
  } catch {
    return undefined;
  }
};

/** Under its name when it is whole, and not before: others start meanwhile. */
const write = (file, index, parts) => {
  const body = Buffer.concat([Buffer.from(`${JSON.stringify({ format: FORMAT, ...index })}\n`), ...parts]);
  const unfinished = `${file}.${process.pid}`;
  const checksum = Buffer.from(`${crc32(body).toString(16).padStart(DIGITS, '0')}\n`);
  try {
    writeFileSync(unfinished, Buffer.concat([checksum, body]), { mode: 0o600 });
    renameSync(unfinished, file);
  } catch (error) {
    // On a full disk each start would leave one more.
    rmSync(unfinished, { force: true });
    throw error;
  }
};

/**
 * @param file where it is kept
 * @param root the URL of the folder that our sources lie in
 * @param installed the file that npm writes whenever it installs
 */
export const openKept = (file, root, installed) => {
  const packages = stampOf(installed);
  const { found, sources, text } = read(file, root, packages) ?? { found: {}, sources: {} };
  /** What was loaded anew: its text and its stamp, by URL. */
  const fresh = new Map();
  let isNew = false;

  const taken = (url) => {
    const [from, to, ...stamp] = sources[url] ?? [];
    return from !== undefined && isSame(stamp, stampOf(pathOf(url))) ? text.subarray(from, to) : undefined;
  };

  const keep = () => {
    const now = Date.now();
    const manifests = manifestsOf(found);
    const areSettled = manifests.every(([, stamp]) => stamp === null || now - stamp[2] > SETTLED_MS);
    const index = { root, packages, manifests, found: areSettled ? found : {}, sources: {} };
    const parts = [];
    let at = 0;
    const add = (url, bytes, stamp) => {
      index.sources[url] = [at, at + bytes.length, ...stamp];
      parts.push(bytes);
      at += bytes.length;
    };
    for (const [url, [, , ...stamp]] of Object.entries(sources)) {
      const bytes = fresh.has(url) ? undefined : taken(url);
      if (bytes) add(url, bytes, stamp);
    }
    for (const [url, { source, stamp }] of fresh) {
      if (now - stamp[2] > SETTLED_MS) add(url, Buffer.from(source), stamp);
    }
    write(file, index, parts);
  };

  return {
    /** Where what is imported lies, if that is known: `{ url, format }`. */
    found: (specifier, { conditions, parentURL = '' }) => {
      const [url, format] = found[conditions]?.[parentURL]?.[specifier] ?? [];
      return url === undefined ? undefined : { url, format };
    },
    /** What a package imports lies there. */
    noteFound: (specifier, { conditions, parentURL = '' }, { url, format }) => {
      if (packages === undefined || !parentURL.startsWith('file:')) return;
      const from = ((found[conditions] ??= {})[parentURL] ??= {});
      from[specifier] = format === undefined || format === null ? [url] : [url, format];
      isNew = true;
    },
    /** The source of a module in JavaScript; it is noted if it was not known. @throws what reading it or its types throws */
    source: (url, format) => {
      const known = taken(url);
      if (known) return known.utf8Slice(0, known.length);
      const path = pathOf(url);
      const stamp = stampOf(path);
      const written = readFileSync(path, 'utf8');
      const source = format === 'module' ? written : withoutTypes(written);
      if (stamp) fresh.set(url, { source, stamp });
      isNew = true;
      return source;
    },
    /** Writes down what was not known. Never throws. */
    keep: () => {
      try {
        if (isNew) keep();
        isNew = false;
      } catch {
        // The disk is full, or may not be written: the next start looks for itself, as this one did.
      }
    },
  };
};
