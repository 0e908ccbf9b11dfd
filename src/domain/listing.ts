export type RepoType = 'model' | 'dataset';

/** One file of a repository at a pinned commit. */
export interface RepoFile {
  /** Path inside the repository, `/`-separated, checked: relative, no `..`, no empty part. */
  readonly path: string;
  readonly size: number;
  /** The blob's name in the cache: 64 hex = SHA-256 (LFS/Xet file), 40 hex = git blob SHA-1 (regular file). */
  readonly etag: string;
  /** Nobody has told its hash: `etag` is a name that its address has, 40 hex, until it has arrived and has a hash of its own. */
  readonly isUnhashed?: boolean | undefined;
  /** 64 hex: what the Hub's storage by chunks calls the content; of large files, where the source told. */
  readonly xetHash?: string | undefined;
}

/** What files of a repository say about its other files. */
export interface RepoSays {
  /** By the path of an index (`model.safetensors.index.json`): the paths of the shards that it names. */
  readonly shards?: Readonly<Record<string, readonly string[]>>;
  /** `model_index.json` of a pipeline: its class, and the folders of the parts that it loads. */
  readonly pipeline?: { readonly className: string | undefined; readonly parts: readonly string[] };
}

/** Of a file from a web address. */
export interface WebFile {
  /** As its server calls it, made fit to be a file's name here. */
  readonly name: string;
  readonly hash: HashOrigin;
  /** It is a folder of that name with files in it: a torrent of several. */
  readonly isFolder?: boolean | undefined;
  /** It is the file of a torrent: the magnet link of that. */
  readonly torrent?: string | undefined;
}

/**
 * Who has told the SHA-256 of a file from a web address: the person who added it, a file beside it, its server with the answer;
 * or nobody, and it gets its own when it arrives. Of a torrent: its pieces have hashes.
 */
export const HASH_ORIGINS = ['given', 'beside', 'header', 'pieces', 'nobody'] as const;
export type HashOrigin = (typeof HASH_ORIGINS)[number];

/** What the Hub says about a repository at one commit. */
export interface RepoListing {
  readonly type: RepoType;
  /** The id as the person typed it: the cache folder is named by it. */
  readonly id: string;
  /** The id the repository has now; differs after a rename. */
  readonly canonicalId: string;
  /** The commit everything is pinned to, 40 hex. */
  readonly commit: string;
  readonly private: boolean;
  readonly gated: false | 'auto' | 'manual';
  readonly license: string | undefined;
  readonly pipelineTag: string | undefined;
  readonly libraryName: string | undefined;
  readonly tags: readonly string[];
  readonly lastModified: string | undefined;
  readonly files: readonly RepoFile[];
  /** Set where it is a file from a web address, and no repository. */
  readonly webFile?: WebFile | undefined;
  /** Whose token it was seen with; left out: the machine's own, or none. */
  readonly tokenOf?: number | undefined;
  /** Files that no disk of ours may take, for what their paths are. */
  readonly unsafe?: readonly RepoFile[];
  /** Undefined: nothing was read, or it could not be. */
  readonly says?: RepoSays;
  /** The class of transformers that loads it, as the Hub found out: `AutoModelForCausalLM`. */
  readonly autoModel?: string | undefined;
  /** What an adapter was made for. */
  readonly baseModel?: string | undefined;
  /** The other branches; asked for only where this one holds no weights. */
  readonly branches?: readonly string[];
  /** How large those of them are of which the Hub says it. */
  readonly branchBytes?: Readonly<Record<string, number>>;
}

/** What a repository says of itself, so far as it decides which files are the model. */
export type RepoHints = Partial<Pick<RepoListing, 'libraryName' | 'tags' | 'says'>>;

/** Where the bytes of one file can be had right now. */
export interface FileLocation {
  /** The URL to send ranges to: the Hub itself or a signed URL on another host. */
  readonly url: string;
  /** Headers for that URL; holds the token only if the URL is the Hub's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** A person has named its server, and nobody of the configuration: no private place is right for it. */
  readonly isForeign?: boolean | undefined;
}

/** A half-open range of bytes: `start` is in it, `end` is not. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
