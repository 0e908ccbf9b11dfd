import { createHash } from 'node:crypto';
import { knownXetHash } from '../cas/measuring.ts';
import { type Content, generatedContent, gitSha1Of, givenContent, sha256Of, type WovenContent } from './content.ts';
import { headFor } from './file-head.ts';
import { KNOWN_HASHES } from './known-hashes.ts';
import { joinedContent, wovenContent } from './woven-content.ts';

export interface FileSpec {
  readonly path: string;
  /** Of generated content; ignored if `content` is given. */
  readonly size?: number;
  readonly content?: string | Uint8Array;
  /** Instead of `content`: one stretch after the other. Files that share stretches of a seed share chunks. */
  readonly parts?: readonly (string | Uint8Array | WovenContent)[];
  /** Stored by LFS and served by the CDN; by default decided by the extension, and for everything over 10 MiB. */
  readonly lfs?: boolean;
  /** Of generated content; by default repository and path. Two files with the same seed and size have the same bytes. */
  readonly seed?: string;
  /** The one tensor of a generated safetensors file; `weight` unless said otherwise. */
  readonly tensor?: string;
}

/** One file at one commit. Hashes are true; they are computed when first asked for. */
export interface SampleFile {
  readonly path: string;
  readonly size: number;
  readonly content: Content;
  readonly isLfs: boolean;
  /** The blob's name in a cache: SHA-256 of an LFS file, git's SHA-1 of any other. */
  readonly etag: () => string;
  /** What git stores: of an LFS file, the SHA-1 of the pointer. */
  readonly oid: () => string;
  /** The text that git stores in place of an LFS file. */
  readonly pointer: () => string;
  /**
   * 64 hex. Of a repository that is stored by chunks, the true hash, once it was stored (`SampleHub.stored`); elsewhere only a
   * name like one, which the CAS does not know.
   */
  readonly xetHash: () => string;
  /** Whether `xetHash` can be told by now. */
  readonly hasXetHash: () => boolean;
}

const LFS_OVER = 10 * 2 ** 20;
/** What a new repository's .gitattributes sends to LFS, as far as it occurs here. */
const LFS_EXTENSION =
  /\.(7z|arrow|bin|bz2|ckpt|ftz|gguf|gz|h5|imatrix|joblib|lfs\.[^/]*|mlmodel|model|msgpack|npy|npz|onnx|ot|parquet|pb|pickle|pkl|pt|pth|rar|safetensors|tar|tflite|tgz|wasm|xz|zip|zst)$/;

const once = <T>(compute: () => T): (() => T) => {
  let value: { readonly result: T } | undefined;
  return () => {
    value ??= { result: compute() };
    return value.result;
  };
};

/** By the keys of contents: many hubs have the same files, and to hash a megabyte takes some milliseconds. */
const hashes = new Map<string, string>();

const sha256For = (content: Content): string => {
  const { key } = content;
  if (key === undefined) return sha256Of(content);
  const known = KNOWN_HASHES[key] ?? hashes.get(key) ?? sha256Of(content);
  hashes.set(key, known);
  return known;
};

const partOf = (part: string | Uint8Array | WovenContent): Content =>
  typeof part === 'string' || part instanceof Uint8Array ? givenContent(part) : wovenContent(part);

const contentFor = (home: string, { path, content, parts, seed, tensor, size = 0 }: FileSpec): Content => {
  if (parts) return joinedContent(parts.map(partOf));
  if (content !== undefined) return givenContent(content);
  return generatedContent({ seed: seed ?? `${home}/${path}`, size, head: headFor(path, size, tensor) });
};

/** Of a file that is not stored by chunks: nothing but a name. */
const namedHash = (sha256: () => string): (() => string) =>
  once(() => createHash('sha256').update(`xet ${sha256()}`).digest('hex'));

const trueHash = (path: string, content: Content) => (): string => {
  const hash = knownXetHash(content);
  if (hash === undefined) throw new Error(`${path} is not stored by chunks yet: wait for \`stored\` of its repository`);
  return hash;
};

/**
 * @param home the repository's id, part of the default seed
 * @param isChunked whether the repository is stored by chunks
 */
export const createFile = (home: string, spec: FileSpec, isChunked = false): SampleFile => {
  const { path } = spec;
  const content = contentFor(home, spec);
  const isLfs = spec.lfs ?? (LFS_EXTENSION.test(path) || content.size > LFS_OVER);
  const sha256 = once(() => sha256For(content));
  const pointer = once(
    () => `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256()}\nsize ${content.size}\n`,
  );
  const oid = once(() => gitSha1Of(isLfs ? givenContent(pointer()) : content));
  return {
    path,
    size: content.size,
    content,
    isLfs,
    etag: isLfs ? sha256 : oid,
    oid,
    pointer,
    xetHash: isChunked ? trueHash(path, content) : namedHash(sha256),
    hasXetHash: () => !isChunked || knownXetHash(content) !== undefined,
  };
};
