import type { Remark, SuspiciousImports } from '../domain/checks/check.ts';
import { folderOf, foldersOf } from '../domain/files/weights.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Gguf } from './formats/gguf.ts';

/** What was found of the files of a copy, before they are held against each other. */
export interface LookedAt {
  readonly files: ReadonlyMap<string, RepoFile>;
  /** All folders that hold something. */
  readonly folders: ReadonlySet<string>;
  /** Those in which an index names the tensors of safetensors files. */
  readonly indexed: ReadonlySet<string>;
  readonly faults: Remark[];
  readonly unread: Remark[];
  readonly imports: SuspiciousImports[];
  /** Repositories whose code is loaded with it. */
  readonly codeFrom: Set<string>;
  /** Files of weights that were read to their end, with the bytes of their numbers. */
  readonly weights: Map<string, number>;
  tensors: number;
  /** Names of the tensors of files that an index may name. */
  readonly names: Map<string, ReadonlySet<string>>;
  readonly ggufs: Map<string, Gguf>;
  /** Other files that ONNX files need, with the bytes that these must have. */
  readonly externals: Map<string, ReadonlyMap<string, number>>;
  /** The content of the few JSON files that say what else is there. */
  readonly manifests: Map<string, unknown>;
}

const INDEX = /\.safetensors\.index\.[\w.]*json$/;

/** Before anything was found. */
export const createLookedAt = (files: readonly RepoFile[]): LookedAt => ({
  files: new Map(files.map((file) => [file.path, file])),
  folders: new Set(files.flatMap(({ path }) => foldersOf(path))),
  indexed: new Set(files.flatMap(({ path }) => (INDEX.test(path) ? [folderOf(path)] : []))),
  faults: [],
  unread: [],
  imports: [],
  codeFrom: new Set(),
  weights: new Map(),
  tensors: 0,
  names: new Map(),
  ggufs: new Map(),
  externals: new Map(),
  manifests: new Map(),
});
