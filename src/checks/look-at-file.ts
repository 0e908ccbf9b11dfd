import { importsOf } from '../domain/checks/check.ts';
import { folderOf, readWeight, type WeightKind } from '../domain/files/weights.ts';
import { isGguf } from '../domain/files/gguf.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Bytes } from './bytes/cursor.ts';
import { broken, Fault, shown, Unread, unread } from './bytes/fault.ts';
import { isAllowedImport } from './formats/allowed-imports.ts';
import { readGguf } from './formats/gguf.ts';
import { parseJson } from './formats/json.ts';
import { readHdf5, readKeras } from './formats/keras.ts';
import { readNumpy } from './formats/numpy.ts';
import { readOnnx } from './formats/onnx.ts';
import type { Imports } from './formats/pickle/pickle.ts';
import { readSafetensors } from './formats/safetensors.ts';
import { readTorch } from './formats/torch.ts';
import type { LookedAt } from './looked-at.ts';

/** A tokenizer of two hundred thousand words has some twenty million bytes. */
const JSON_MOST = 64 * 1024 * 1024;
const NAME_MOST = 100;

/** Files that say which others belong to the model. */
const MANIFEST = /(^|\/)(config|tokenizer_config|model_index)\.json$|\.index(\.\w+)?\.json$/;

type Look = (found: LookedAt, path: string, bytes: Bytes) => void;

const safetensors: Look = (found, path, bytes) => {
  const { names, dataBytes } = readSafetensors(bytes);
  found.tensors += names.length;
  found.weights.set(path, dataBytes);
  if (found.indexed.has(folderOf(path))) found.names.set(path, new Set(names));
};

const gguf: Look = (found, path, bytes) => {
  if (!/\.gguf$/i.test(path)) unread('is a part of a file that has to be put together first');
  const read = readGguf(bytes);
  found.tensors += read.tensors;
  found.weights.set(path, read.dataBytes);
  found.ggufs.set(path, read);
};

const onnx: Look = (found, path, bytes) => {
  const { tensors, dataBytes, external } = readOnnx(bytes);
  found.tensors += tensors;
  found.weights.set(path, dataBytes);
  if (external.size > 0) found.externals.set(path, external);
};

/** What a file would import is told, whatever becomes of the rest. */
const noting = (found: LookedAt, path: string, look: (imports: Imports) => void): void => {
  const imports: Imports = { names: new Set(), calls: false };
  try {
    look(imports);
  } finally {
    const suspicious = [...imports.names].filter((name) => !isAllowedImport(name));
    const names = suspicious.map((name) => (name === undefined ? '' : shown(name, NAME_MOST)));
    if (names.length > 0) found.imports.push(importsOf(path, names, imports.calls));
  }
};

const kindOf = (path: string): WeightKind | undefined => readWeight({ path, size: 0, etag: '' })?.kind;

const torch: Look = (found, path, bytes) =>
  noting(found, path, (imports) => {
    const { dataBytes } = readTorch(bytes, imports, PICKLE.test(path));
    if (kindOf(path) !== undefined) found.weights.set(path, dataBytes);
  });

const numpy: Look = (found, path, bytes) =>
  noting(found, path, (imports) => {
    const { arrays, dataBytes } = readNumpy(bytes, imports);
    if (kindOf(path) === undefined) return;
    found.tensors += arrays;
    found.weights.set(path, dataBytes);
  });

const keras =
  (read: (bytes: Bytes, imports: Imports) => never): Look =>
  (found, path, bytes) =>
    noting(found, path, (imports) => read(bytes, imports));

const json: Look = (found, path, bytes) => {
  if (bytes.size > JSON_MOST) unread('is larger than a check reads of such files');
  const value = parseJson(bytes.read(0, bytes.size));
  if (MANIFEST.test(path)) found.manifests.set(path, value);
};

/** Files that are pickles and nothing else, as their names say; also packed, as joblib writes them. */
const PICKLE = /\.(pkl|pickle|joblib|dill)$/i;

/** What may be wrong with a file's inside, by the end of its name, whichever letters are capitals. */
const LOOKS: readonly (readonly [RegExp, Look])[] = [
  [/\.safetensors$/i, safetensors],
  [/\.onnx$/i, onnx],
  [/\.json$/i, json],
  [/\.np[yz]$/i, numpy],
  [/\.keras$/i, keras(readKeras)],
  [/\.h5$/i, keras(readHdf5)],
  [PICKLE, torch],
];

/** undefined: a check does not know its form. */
const lookFor = (path: string): Look | undefined => {
  if (isGguf(path)) return gguf;
  const look = LOOKS.find(([name]) => name.test(path))?.[1];
  if (look) return look;
  const kind = kindOf(path);
  const isElse = kind !== undefined && kind !== 'torch';
  return !isElse && /\.(bin|pt|pth|ckpt)$/i.test(path) ? torch : undefined;
};

/** Numbers of an ONNX file lie in files that are looked at with it. */
const isUnreadWeight = (path: string): boolean => {
  const weight = readWeight({ path, size: 0, etag: '' });
  return weight !== undefined && !weight.isIndex && (weight.kind !== 'onnx' || /\.ort$/i.test(path));
};

/** Whether a file has to be opened for a check. */
export const isLookedAt = (path: string): boolean => lookFor(path) !== undefined || isUnreadWeight(path);

/** Looks into a file, and notes what there is to be said of it. Other errors are those of the disk. */
export const lookAtFile = (found: LookedAt, { path, size }: RepoFile, bytes: Bytes): void => {
  try {
    if (bytes.size !== size) broken(`has ${bytes.size} bytes on the disk, and should have ${size}`);
    const look = lookFor(path) ?? unread('is of a form that a check does not read');
    look(found, path, bytes);
  } catch (error) {
    if (error instanceof Fault) found.faults.push({ path, reason: error.message });
    else if (error instanceof Unread) found.unread.push({ path, reason: error.message });
    else throw error;
  }
};
