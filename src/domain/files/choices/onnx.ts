import type { RepoFile } from '../../listing.ts';
import { isTransformersModel } from '../library.ts';
import { folderOf, isPyTorch, readWeights, type Weight } from '../weights.ts';
import type { FormChoice, Forms } from './forms.ts';
import { table } from '../../../lib/table.ts';

/** A graph, and the weights beside it that did not fit into its two gigabytes: `model_q4.onnx`, `model_q4.onnx_data_1`. */
const ONNX = /\.onnx(?:[._]data(?:_\d+)?)?$/;
/** What transformers.js looks for behind a name, by the `dtype` that it is given (`DEFAULT_DTYPE_SUFFIX_MAPPING`). */
const SUFFIX = /_(fp16|u?int8(?:f16)?|quantized|q\d(?:f16)?|bnb4)$/;
const PLAIN = 'fp32';
/** Names that differ from the suffix; the others are the suffix. */
const NAMES = table<string>({ quantized: 'q8' });
const ALIASES = table<readonly string[]>({ q8: ['quantized'], fp32: ['f32'], fp16: ['f16'] });
/** What is taken where nobody says which, in Node and in Python: the plain file; else the most exact there is. */
const USUAL = [PLAIN, 'fp16', 'q8', 'int8', 'uint8', 'q4f16', 'q4', 'bnb4'];

/** One file of a graph: `onnx/decoder_model_merged` in `q4`. */
interface GraphFile {
  readonly file: RepoFile;
  readonly graph: string;
  readonly dtype: string;
}

const readGraph = (file: RepoFile): GraphFile | undefined => {
  if (!ONNX.test(file.path)) return undefined;
  const stem = file.path.replace(ONNX, '');
  const suffix = SUFFIX.exec(stem)?.[1];
  if (suffix === undefined) return { file, graph: stem, dtype: PLAIN };
  return { file, graph: stem.slice(0, -suffix.length - 1), dtype: NAMES[suffix] ?? suffix };
};

/** Decoders that are there once more in one graph, which loaders prefer. */
const withoutMerged = (files: readonly GraphFile[]): readonly GraphFile[] => {
  const merged = new Set(
    files.flatMap(({ graph }) => (graph.endsWith('decoder_model_merged') ? [folderOf(graph)] : [])),
  );
  return files.filter(({ graph }) => !(merged.has(folderOf(graph)) && /(^|\/)decoder(_with_past)?_model$/.test(graph)));
};

/** Of each graph the wanted form, else the plain one, else all there are: some parts come in one form only. */
const inDtype = (graphs: readonly (readonly GraphFile[])[], dtype: string): readonly RepoFile[] =>
  graphs.flatMap((graph) => {
    const wanted = graph.filter((file) => file.dtype === dtype);
    const plain = graph.filter((file) => file.dtype === PLAIN);
    return (wanted.length > 0 ? wanted : plain.length > 0 ? plain : graph).map(({ file }) => file);
  });

const bytesOf = (weights: readonly Weight[]): number => weights.reduce((sum, { file }) => sum + file.size, 0);

/**
 * The forms of an ONNX model as transformers.js lays them out: each graph in the same folder in full and in fewer bits. Weights
 * in PyTorch’s forms are what the repository is about, unless they are the smaller part: voices, projections.
 * @returns undefined if no graph comes in several forms
 */
export const onnxForms = (files: readonly RepoFile[]): Forms | undefined => {
  const read = withoutMerged(files.flatMap((file) => readGraph(file) ?? []));
  const graphs = [...Map.groupBy(read, ({ graph }) => graph).values()];
  const dtypes = new Set(graphs.flatMap((graph) => graph.map(({ dtype }) => dtype)));
  if (!graphs.some((graph) => new Set(graph.map(({ dtype }) => dtype)).size > 1)) return undefined;
  const torch = readWeights(files).filter(isPyTorch);
  const largest = read.reduce((most, { file }) => Math.max(most, file.size), 0);
  const isMain = !isTransformersModel(files) && bytesOf(torch) < largest;
  const parts = isMain ? torch.map(({ file }) => file) : [];
  const choices = [...dtypes].map((dtype): FormChoice => {
    return { label: dtype, aliases: ALIASES[dtype] ?? [], weights: [...inDtype(graphs, dtype), ...parts] };
  });
  return { kind: 'dtypes', choices, usual: USUAL.find((dtype) => dtypes.has(dtype)), isMain };
};

const JS_FOLDER = 'onnx/';
/** What people name who load a model; of more graphs no line that fits a button could be made. */
const GRAPHS_MOST = 8;

/**
 * The `dtype` that transformers.js must be told to load these files: one, or one for each graph that it reads.
 * @returns undefined if they are not laid out for it
 */
export const dtypesFor = (files: readonly RepoFile[]): string | Readonly<Record<string, string>> | undefined => {
  const read = files.flatMap((file) => readGraph(file) ?? []);
  if (!read.every(({ graph }) => folderOf(graph) === JS_FOLDER.slice(0, -1))) return undefined;
  const graphs = [...Map.groupBy(withoutMerged(read), ({ graph }) => graph.slice(JS_FOLDER.length))];
  if (graphs.length === 0 || graphs.length > GRAPHS_MOST) return undefined;
  const dtypes = graphs.map(([graph, forms]): [string, string] => [
    graph,
    USUAL.find((dtype) => forms.some((form) => form.dtype === dtype)) ?? PLAIN,
  ]);
  const [first] = dtypes;
  return dtypes.every(([, dtype]) => dtype === first?.[1]) ? first?.[1] : Object.fromEntries(dtypes);
};
