import type { Model } from '../domain/model.ts';

/** Equal for models whose files are the same copy on the disk, whichever chats they are of. */
export const copyKey = ({ id, source, repoType, name, commitSha, selection }: Model): string =>
  JSON.stringify([source, repoType, name, commitSha ?? id, selection]);
