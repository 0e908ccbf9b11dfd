import { isWholeSet } from '../domain/files/shards.ts';
import { folderOf, readWeights, setOf } from '../domain/files/weights.ts';
import { isRepoId, isSafePath } from '../domain/repo/repo.ts';
import { table } from '../lib/table.ts';
import { shown } from './bytes/fault.ts';
import type { LookedAt } from './looked-at.ts';

type Entries = Readonly<Record<string, unknown>>;

const NAME_MOST = 60;

const entriesOf = (value: unknown): Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entries) : {};

const beside = (path: string, name: string): string => {
  const folder = folderOf(path);
  return folder === '' ? name : `${folder}/${name}`;
};

const quoted = (name: string): string => `“${shown(name, NAME_MOST)}”`;

/** An index, of which some shard is here: all that it names must be. One of shards that nobody wanted says nothing. */
const checkIndex = (found: LookedAt, path: string, index: Entries): void => {
  const all = Object.entries(entriesOf(index['weight_map']));
  const entries = all.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const nameless = all.find(([, shard]) => typeof shard !== 'string');
  if (nameless) found.faults.push({ path, reason: `names no file for the tensor ${quoted(nameless[0])}` });
  const shards = new Set(entries.map(([, shard]) => beside(path, shard)));
  if (all.length === 0) found.faults.push({ path, reason: 'names no files of weights' });
  const isHere = (shard: string): boolean => found.files.has(shard);
  if (![...shards].some(isHere)) return;
  for (const shard of shards)
    if (!isHere(shard)) found.faults.push({ path, reason: `names ${quoted(shard)}, which is not among its files` });
  const lost = entries.find(([tensor, shard]) => found.names.get(beside(path, shard))?.has(tensor) === false);
  if (lost)
    found.faults.push({
      path,
      reason: `looks for the tensor ${quoted(lost[0])} in ${quoted(lost[1])}, where it is not`,
    });
};

/**
 * Code that a configuration names: the repository's own as `modeling_x.XForCausalLM`, or that of another one as `org/repo--…`, which
 * is fetched when it is loaded (huggingface/sentence-transformers#3043).
 */
const checkCode = (found: LookedAt, path: string, config: Entries): void => {
  const values: unknown[] = Object.values(entriesOf(config['auto_map'])).flat();
  const named = values.filter((one) => typeof one === 'string');
  const modules = named.flatMap((one) => (one.includes('--') ? [] : [one.split('.')[0]]));
  for (const one of named) {
    const [repository = '', module] = one.split('--');
    if (module !== undefined && isRepoId(repository)) found.codeFrom.add(repository);
  }
  for (const module of new Set(modules)) {
    const file = beside(path, `${module}.py`);
    if (!found.files.has(file))
      found.faults.push({ path, reason: `names code in ${quoted(file)}, which is not among its files` });
  }
};

/** Any of these sets of files is enough for a tokenizer of a class, with or without `Fast` behind its name. */
const BYTE_PAIRS = [['tokenizer.json'], ['vocab.json', 'merges.txt']];
const WORD_PIECES = [['tokenizer.json'], ['vocab.txt']];
const LLAMA = [['tokenizer.json'], ['tokenizer.model']];
const SENTENCE_PIECES = [['tokenizer.json'], ['spiece.model'], ['sentencepiece.bpe.model'], ['tokenizer.model']];
const TOKENIZERS = table<readonly (readonly string[])[]>({
  GPT2Tokenizer: BYTE_PAIRS,
  RobertaTokenizer: BYTE_PAIRS,
  Qwen2Tokenizer: BYTE_PAIRS,
  CLIPTokenizer: BYTE_PAIRS,
  BertTokenizer: WORD_PIECES,
  DistilBertTokenizer: WORD_PIECES,
  LlamaTokenizer: LLAMA,
  GemmaTokenizer: LLAMA,
  T5Tokenizer: SENTENCE_PIECES,
  XLMRobertaTokenizer: SENTENCE_PIECES,
  PreTrainedTokenizer: [['tokenizer.json']],
});

const checkTokenizer = (found: LookedAt, path: string, config: Entries): void => {
  const named = config['tokenizer_class'];
  const name = typeof named === 'string' ? named : '';
  const isFast = name.endsWith('Fast');
  // What is only slow brings code of its own.
  const sets = name === 'PreTrainedTokenizer' ? undefined : TOKENIZERS[isFast ? name.slice(0, -4) : name];
  if (!sets || sets.some((set) => set.every((file) => found.files.has(beside(path, file))))) return;
  const wanted = sets.map((set) => set.join(' and ')).join(', or ');
  found.faults.push({ path, reason: `means a ${name}, which needs ${wanted}: none of that is among its files` });
};

/** The parts of a pipeline for diffusers: `"unet": ["diffusers", "UNet2DConditionModel"]`, each a folder. */
const checkPipeline = (found: LookedAt, path: string, index: Entries): void => {
  for (const [part, of] of Object.entries(index)) {
    if (!Array.isArray(of) || of.length !== 2 || of.some((one) => typeof one !== 'string')) continue;
    if (!found.folders.has(beside(path, part)))
      found.faults.push({ path, reason: `names the part ${quoted(part)}, of which nothing is among its files` });
  }
};

const checkManifest = (found: LookedAt, path: string, value: unknown): void => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    found.faults.push({ path, reason: 'is no JSON object' });
    return;
  }
  const entries = entriesOf(value);
  if (name === 'model_index.json') checkPipeline(found, path, entries);
  else if (name === 'config.json') checkCode(found, path, entries);
  else if (name === 'tokenizer_config.json') {
    checkCode(found, path, entries);
    checkTokenizer(found, path, entries);
  } else if (/\.(safetensors|bin)\.index\./.test(name)) checkIndex(found, path, entries);
};

/** Numbers of an ONNX file that lie in others. */
const checkExternals = (found: LookedAt): void => {
  for (const [path, needs] of found.externals)
    for (const [location, end] of needs) {
      const place = beside(path, location.replace(/^\.\//, ''));
      const file = isSafePath(place) ? found.files.get(place) : undefined;
      if (!file) found.faults.push({ path, reason: `needs ${quoted(location)}, which is not among its files` });
      else if (file.size < end)
        found.faults.push({ path, reason: `needs ${end} bytes of ${quoted(location)}, which has ${file.size}` });
    }
};

/** Files that are parts of one, by their names. */
const checkParts = (found: LookedAt): void => {
  const parts = readWeights([...found.files.values()]).filter(({ isIndex, shard }) => !isIndex && shard?.total);
  const sets = Map.groupBy(parts, (part) => `${setOf(part)}/${part.variant ?? ''}/${part.shard?.total}`);
  for (const set of sets.values()) {
    const [first] = set;
    if (!first || isWholeSet(set)) continue;
    const reason = `is one of ${first.shard?.total} parts, of which only ${set.length} are among its files`;
    found.faults.push({ path: first.file.path, reason });
  }
};

/** Holds the files of a copy against each other: what one says of another, and what belongs to one thing. */
export const holdTogether = (found: LookedAt): void => {
  for (const [path, value] of found.manifests) checkManifest(found, path, value);
  checkExternals(found);
  checkParts(found);
};
