/** The id of a git commit, in full. */
export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/**
 * A SHA-256 as somebody has written it: in capitals, or as pages of GitHub and pointers of git-lfs have it, `sha256:9f86d0…`.
 * @returns 64 hex in small letters; undefined if it is none
 */
export const readSha256 = (text: string): string | undefined =>
  /^\s*(?:sha-?256[:=])?([0-9a-f]{64})\s*$/i.exec(text)?.[1]?.toLowerCase();

/** Also what the Hub's storage by chunks calls a content, which is no SHA-256, and written like one. */
export const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** The name of a blob: its SHA-256, or the id that git gives it. */
export const isEtag = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

/** Of an empty file everybody knows it. */
export const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
