/* sources: where things come from, behind one port: what it is, where its bytes lie. */

import type { Term } from '../domain/chunks/term.ts';
import type { FileLocation, RepoFile, RepoListing } from '../domain/listing.ts';
import type { TokenAccount } from '../domain/people/personal-token.ts';
import type { Finding } from '../domain/repo/finding.ts';
import type { RepoRef } from '../domain/repo/repo.ts';
import type { ToldSizes } from '../domain/search/about-size.ts';
import type { SearchOrder } from '../domain/search/terms.ts';
import type { Header } from '../lib/net/rate-headers.ts';

/** One file of a repository at a commit. */
export interface LocateRequest {
  readonly type: RepoRef['type'];
  readonly id: string;
  /** 40 hex. */
  readonly commit: string;
  readonly path: string;
  /** How access to its repository is given, if that is known: for the sentence where it is not. */
  readonly gate?: RepoListing['gated'] | undefined;
  /** Of a file from a web address: where it is, and what is known of it. */
  readonly webFile?: (Pick<RepoFile, 'etag' | 'size'> & { readonly url: string }) | undefined;
}

/** Where a file lies, with what the source says of it. */
export interface LocatedFile extends FileLocation {
  readonly etag: string;
  /** Undefined if the source did not say: the Hub does not for regular files that it sends on to its own copy. */
  readonly size: number | undefined;
  readonly commit: string;
  /** 64 hex: what the storage by chunks calls the content; undefined: it is not kept there, or nobody said. */
  readonly xetHash?: string | undefined;
}

/** A file that the source keeps in chunks, under a name of its own for the content. */
export interface ChunkedFile extends Pick<LocateRequest, 'type' | 'id' | 'commit' | 'path'>, Pick<RepoFile, 'size'> {
  /** 64 hex. Where it is still being asked for, what lets in at the storage is asked for meanwhile. */
  readonly xetHash: string | Promise<string>;
}

/** What to look for; what is left out leaves nothing out. */
export interface SearchQuery {
  readonly type: RepoRef['type'];
  readonly words?: string;
  /** Whose repositories. */
  readonly owner?: string;
  /** What it is for, as the Hub calls it: `text-generation`. */
  readonly task?: string;
  /** All of these have to be there, such as `gguf`. */
  readonly tags?: readonly string[];
  /** What comes first; the most downloaded unless told. */
  readonly order?: SearchOrder;
  /** How many for a page; as many as one answer holds, 100, unless told. */
  readonly limit?: number;
  /** Where the page begins, as `next` of the one before it said; the first page without. */
  readonly cursor?: string;
}

/** A repository that a search has found, as far as its answer tells. */
export interface FoundRepo {
  readonly id: string;
  /** The newest commit, 40 hex. */
  readonly commit: string | undefined;
  readonly gated: RepoListing['gated'];
  readonly license: string | undefined;
  readonly task: string | undefined;
  /** Of the last month. */
  readonly downloads: number | undefined;
  /** ISO 8601. */
  readonly lastModified: string | undefined;
  readonly told: ToldSizes;
}

export interface SearchPage {
  readonly found: readonly FoundRepo[];
  /** What the next page begins with; undefined if this is the last one. */
  readonly next: string | undefined;
}

/** An answer as far as its head; what is not wanted of the body is discarded. */
export interface HeadAnswer {
  readonly status: number;
  readonly header: Header;
  readonly discard: () => void;
}

/** A GET of which only the head matters; no redirect is followed. @throws errors with a code, as Node has them */
export type Ask = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HeadAnswer>;

/** A GET with its body, which is taken or discarded; no redirect is followed, and no private place is asked. @throws as `Ask` */
export type Fetch = (...asked: Parameters<Ask>) => Promise<HeadAnswer & { readonly body: AsyncIterable<Uint8Array> }>;

/** What a text file holds. */
export interface TextFound {
  readonly text: string;
  /** False: it is longer, and this its beginning. */
  readonly isWhole: boolean;
}

/** Of a text that is asked for to be read: so many bytes at most. */
export const TEXT_MOST_BYTES = 2 ** 20;

/** Where a branch, a tag or a commit is now. */
export interface Head {
  /** 40 hex. */
  readonly commit: string;
  /** The id that the repository has now; differs after a rename. */
  readonly canonicalId: string;
  readonly gated: RepoListing['gated'];
  /** The source keeps it and gives it to nobody. */
  readonly disabled: boolean;
}

/** One commit, as its author called it: one line, cut. */
export interface CommitTitle {
  readonly id: string;
  readonly title: string;
}

/** Which commits are news. */
export interface CommitsKnown {
  /** 40 hex; it and those before it are no news. */
  readonly since: string;
  readonly most: number;
}

/** Ids of what the app in a Space uses, so far as the source has found out. */
export interface NamedBySpace {
  readonly models: readonly string[];
  readonly datasets: readonly string[];
}

/** What may be asked of a source. */
export interface Questions {
  /**
   * Pins the commit of a repository and lists its files at it, paths checked.
   * @param keeps what of the files is asked for: a list that is too long is cut to these; a shorter one is given whole
   * @throws AppError validation: too many files; not_found, gated, unauthorized, forbidden, rate_limited (with `retryAfterMs`), unavailable, connection, integrity;
   * the signal's reason if it aborts
   */
  readonly inspect: (ref: RepoRef, signal: AbortSignal, keeps?: (path: string) => boolean) => Promise<RepoListing>;
  /**
   * Where the bytes of one file can be had right now; the URL may expire.
   * @param ask how to make the requests; without it, with connections of its own
   * @throws AppError as `inspect`; gone: the commit or the file is not there any more; changed: it answered for
   * another commit
   */
  readonly locate: (file: LocateRequest, signal: AbortSignal, ask?: Ask) => Promise<LocatedFile>;
  /**
   * The same for who asks himself, and for thousands of small files; left out where nobody else can ask.
   * @returns undefined: not for now
   */
  readonly findingIn?: (repo: Pick<LocateRequest, 'type' | 'id' | 'commit'>) => Finding | undefined;
  /**
   * What a large file is put together from: all of its terms, in order. Two requests, or one where another file of that commit was asked about before; what
   * fails for the moment is asked again a few times.
   * @param fetch how to ask another host than the source itself, by its rules
   * @throws AppError as `locate`, and whatever keeps it from being told: who asks can do without
   */
  readonly terms: (file: ChunkedFile, signal: AbortSignal, fetch: Fetch) => Promise<readonly Term[]>;
  /**
   * What a small text file says, to be read and for nothing else: it is compared with no hash. UTF-8; `TEXT_MOST_BYTES` of it at most.
   * @throws AppError as `locate`
   */
  readonly readText: (file: LocateRequest, signal: AbortSignal) => Promise<TextFound>;
  /** Where a revision is now, `main` unless told: one request, and one more where the repository was renamed. @throws AppError as `inspect` */
  readonly head: (ref: RepoRef, signal: AbortSignal) => Promise<Head>;
  /**
   * The titles of the commits that led to the one that the reference names, the newest first, so many at most, up to the one
   * that is known already. One request. @throws AppError as `inspect`
   */
  readonly commits: (ref: RepoRef, known: CommitsKnown, signal: AbortSignal) => Promise<readonly CommitTitle[]>;
  /** A page of what its own search finds. @throws AppError as `inspect` */
  readonly search: (query: SearchQuery, signal: AbortSignal) => Promise<SearchPage>;
  /** What a Space uses: one request. @throws AppError as `inspect` */
  readonly namedBySpace: (id: string, signal: AbortSignal) => Promise<NamedBySpace>;
  /** The repository's page, for a person to open. */
  readonly repoUrl: (ref: Pick<RepoRef, 'type' | 'id'>) => string;
}

/** Files that a source brings itself: nobody can be told where their bytes lie. */
export interface FillRequest {
  /** Where they come from. */
  readonly url: string;
  readonly files: readonly Pick<RepoFile, 'path' | 'size'>[];
  /** Theirs alone; what lies there from before is gone on with. */
  readonly folder: string;
  /** Bytes per second, asked again and again; undefined: no limit. */
  readonly speedLimit: () => number | undefined;
  /** So many bytes have come over the network. */
  readonly onReceived: (bytes: number) => void;
  /** @throws AppError no_space: what should stay free would be used up */
  readonly checkFloor: () => Promise<void>;
}

/** Files that a source is bringing. */
export interface Filling {
  /** What it looks like now; asked, never told. */
  readonly progress: () => {
    readonly ready: number;
    readonly received: number;
    /** What lay there from before is read first. */
    readonly isChecking: boolean;
    /** Other machines that it is connected to; left out where it comes from one place. */
    readonly peers?: number;
  };
  /**
   * Resolves when all of them are there: where each lies, by its path. Rejects with an AppError, or the signal's reason; nothing
   * is written to the folder any more then.
   */
  readonly done: Promise<ReadonlyMap<string, string>>;
}

/** A source that moves its own bytes: it fills a folder. */
export interface FillingSource {
  readonly fill: (request: FillRequest, signal: AbortSignal) => Filling;
  /** Whatever it still holds of this state, which goes: nobody is given it any more. Nothing unless told. */
  readonly letGo?: (commit: string) => Promise<void>;
}

/** A torrent that lies here whole. */
export interface SeedWanted {
  /** Its magnet link. */
  readonly url: string;
  /** Where its files lie, by their paths in it. Asked when giving begins. */
  readonly paths: () => Promise<ReadonlyMap<string, string>>;
}

/**
 * Why a torrent is not given to others: its disk has no hard links; not all of its files are here, or they are others by now; nobody can be told
 * that it is here; aria2 is not there, or does not want to.
 */
export type SeedRefusal = 'links' | 'files' | 'peers' | 'aria2';

/** How it goes with a torrent that is to be given to others. */
export interface SeedLook {
  /** Since the last look. */
  readonly givenBytes: number;
  /** Undefined: it is given. */
  readonly refusal: SeedRefusal | undefined;
}

/** Gives what has come whole to others. */
export interface Seeds {
  /**
   * From now on these are given, and no others. To be asked again and again: what has ended by itself is begun anew.
   * @param wanted by their hashes
   * @param bytesPerSecond for all of them together; undefined: as much as usual
   * @returns of each of them, and with what was given until then of those that have ended; those that are being fetched just now are left out
   */
  readonly seed: (
    wanted: ReadonlyMap<string, SeedWanted>,
    bytesPerSecond: number | undefined,
  ) => Promise<ReadonlyMap<string, SeedLook>>;
}

/** What is known of torrents beside their files: what is in them. */
export interface TorrentsKnown {
  /** Forgets those that nothing names, and that nobody has looked up for a day. @returns how many */
  readonly forget: (isNamed: (infoHash: string) => boolean) => Promise<number>;
}

/** The bytes of a file that somebody has sent to the bot, from its beginning. */
export interface OpenedFile {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** It lies on a disk of this machine: nothing of it comes over the network. */
  readonly isNear: boolean;
}

/** The way to files that people have sent to the bot. Where they lie is asked anew each time, and told to nobody: the address lets its bearer in. */
export interface TelegramFiles {
  /** The number of the bot at Telegram. */
  readonly botId: number;
  /** In bytes: what Telegram gives at most; undefined: nobody knows beforehand. */
  readonly mostBytes: number | undefined;
  /**
   * @param fileId as the newest message of this bot says it
   * @param use what is done with it; when it has ended, so has the connection
   * @throws AppError not_found, constraint: it is too large; unavailable, unreachable, stalled, rate_limited, operational; the signal's reason
   */
  readonly open: <T>(fileId: string, use: (file: OpenedFile) => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/** What may be asked with the token of a person. */
export interface PersonalQuestions extends Questions {
  /** Whose token it is; undefined if the source does not accept it. One request. @throws AppError as `inspect` */
  readonly whoAmI: (signal: AbortSignal) => Promise<TokenAccount | undefined>;
}

/** Where repositories come from: all that the floors above know of a source. */
export interface Source extends Questions {
  /** The same with the token of a person: asked of the source itself, whatever else stands in for it. */
  readonly asPerson: (token: string) => PersonalQuestions;
  /** The same with what this person has given; undefined: nothing, or it is of no use. Left out where nobody can give any. */
  readonly ofPerson?: ((userId: number) => Questions | undefined) | undefined;
  /** The same for what nobody waits for: it leaves a part of what the source allows to those who wait. */
  readonly inBackground: Questions;
}
