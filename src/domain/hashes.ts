/** The id of a git commit, in full. */
export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/** The name of a blob: its SHA-256, or the id that git gives it. */
export const isEtag = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
