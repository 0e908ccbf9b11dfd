import { type Bytes, cursorOf } from '../bytes/cursor.ts';
import { broken, shown, unread } from '../bytes/fault.ts';
import { parseJson } from './json.ts';
import type { Imports } from './pickle/pickle.ts';
import { bytesOfEntry, readZip } from './zip.ts';

/** https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html, “Disk Format: Level 0A - Format Signature and Superblock” */
const HDF5 = Buffer.from('\u0089HDF\r\n\u001a\n', 'latin1');
const OFFSET_BYTES = 8;
/** Where it says how many bytes it has, by the version of its first block. */
const END_AT = new Map([
  [0, 40],
  [1, 44],
  [2, 28],
  [3, 28],
]);
const OFFSET_SIZE_AT = new Map([
  [0, 13],
  [1, 13],
  [2, 9],
  [3, 9],
]);

/** Of a file that is searched for words: what says how a model is built stands at one of its ends, mostly. */
const SEARCHED = 32 * 1024 * 1024;
/** Code of its own, as Keras names it: a layer that is a function of Python, kept as what Python compiled. */
const LAMBDA = /"class_name": ?"(?:Lambda|__lambda__)"/;
const LAMBDA_NAME = 'code of its own (a Lambda layer)';
const CONFIG = 'config.json';
const VALUES_MOST = 1_000_000;
/** As of other files of JSON: what is not packed is as large as the archive may be. */
const CONFIG_MOST = 64 * 1024 * 1024;

/** What Keras itself brings; all else is imported by its name (keras/src/saving/serialization_lib.py, `_retrieve_class_or_fn`). */
const OWN = /^(?:keras|tf_keras|keras_hub|keras_nlp|keras_cv|tensorflow\.keras|tensorflow\.python\.keras)(?:\.|$)/;

type Entries = Readonly<Record<string, unknown>>;

const noteOne = (value: Entries, imports: Imports): void => {
  const { class_name: name, module } = value;
  if (typeof name !== 'string') return;
  if (name === 'Lambda' || name === '__lambda__') imports.names.add(LAMBDA_NAME);
  else if (typeof module === 'string' && !OWN.test(module) && !(module === 'builtins' && name === 'function'))
    imports.names.add(`${module}.${name}`);
  else return;
  imports.calls = true;
};

const noteAll = (config: unknown, imports: Imports): void => {
  const left = [config];
  for (let seen = 0; left.length > 0; seen += 1) {
    if (seen > VALUES_MOST) unread('says more of its layers than a check looks at');
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) noteOne(value as Entries, imports);
    for (const one of Object.values(value)) left.push(one);
  }
};

/** @throws Fault: it is cut short */
const checkEnd = (bytes: Bytes): void => {
  const [version, offsets] = [bytes.read(8, 1)[0] ?? 0, OFFSET_SIZE_AT];
  const [endAt, sizeAt] = [END_AT.get(version), offsets.get(version)];
  if (endAt === undefined || sizeAt === undefined || bytes.size < endAt + OFFSET_BYTES) return;
  if (bytes.read(sizeAt, 1)[0] !== OFFSET_BYTES) return;
  const cursor = cursorOf(bytes);
  cursor.jump(endAt);
  const end = cursor.u64();
  if (end > bytes.size) broken(`has ${bytes.size} bytes, but says that it ends at byte ${end}`);
};

/**
 * Of an HDF5 file only whether it is cut short, and whether words in it name code of its own: what else is in it is not read.
 * @param imports what it would run is added to it
 * @throws Fault, and Unread otherwise: nothing else is proved of it
 */
export const readHdf5 = (bytes: Bytes, imports: Imports): never => {
  if (bytes.size < HDF5.length + 1 || !bytes.read(0, HDF5.length).equals(HDF5))
    return broken('does not begin as an HDF5 file does');
  const first = Math.min(bytes.size, SEARCHED);
  const last = Math.min(bytes.size - first, SEARCHED);
  const words = [bytes.read(0, first), bytes.read(bytes.size - last, last)];
  if (words.some((part) => LAMBDA.test(part.toString('latin1')))) {
    imports.names.add(LAMBDA_NAME);
    imports.calls = true;
  }
  checkEnd(bytes);
  return unread(
    'is an HDF5 file, of which a check reads only whether it is cut short and whether it names code of its own',
  );
};

/**
 * Of a model of Keras 3, an archive: what its layers would import and run. Its numbers are an HDF5 file.
 * @throws Fault, and Unread otherwise
 */
export const readKeras = (bytes: Bytes, imports: Imports): never => {
  const entries = readZip(bytes);
  const configs = entries.filter(({ name }) => name === CONFIG);
  if (configs.length === 0) broken(`is an archive without “${CONFIG}”`);
  for (const entry of configs) {
    const config = bytesOfEntry(bytes, entry);
    if (config.size > CONFIG_MOST)
      unread(`holds “${shown(entry.name)}”, which is larger than a check reads of such files`);
    noteAll(parseJson(config.read(0, config.size), `holds “${shown(entry.name)}”, which`), imports);
  }
  return unread('is a model of Keras, of which a check reads only what its layers would run');
};
