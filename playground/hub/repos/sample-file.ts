import { createHash } from 'node:crypto';
import { type Content, generatedContent, gitSha1Of, givenContent, sha256Of } from './content.ts';
import { headFor } from './file-head.ts';
import { KNOWN_HASHES } from './known-hashes.ts';

export interface FileSpec {
  readonly path: string;
  /** Of generated content; ignored if `content` is given. */
  readonly size?: number;
  readonly content?: string | Uint8Array;
  /** Stored by LFS and served by the CDN; by default decided by the extension, and for everything over 10 MiB. */
  readonly lfs?: boolean;
  /** Of generated content; by default repository and path. Two files with the same seed and size have the same bytes. */
  readonly seed?: string;
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
  /** 64 hex like a Xet hash, but only a name here: the tree of chunks behind the real one is not built. */
  readonly xetHash: () => string;
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

/** @param home the repository's id, part of the default seed */
export const createFile = (home: string, spec: FileSpec): SampleFile => {
  const { path } = spec;
  const content =
    spec.content === undefined
      ? generatedContent({
          seed: spec.seed ?? `${home}/${path}`,
          size: spec.size ?? 0,
          head: headFor(path, spec.size ?? 0),
        })
      : givenContent(spec.content);
  const isLfs = spec.lfs ?? (LFS_EXTENSION.test(path) || content.size > LFS_OVER);
  const sha256 = once(() => KNOWN_HASHES[content.key ?? ''] ?? sha256Of(content));
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
    xetHash: once(() => createHash('sha256').update(`xet ${sha256()}`).digest('hex')),
  };
};
