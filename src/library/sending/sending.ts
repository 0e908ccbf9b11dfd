/* library/sending: which files a chat wants to have, and READMEs that somebody reads. */

import type { Copy } from '../../domain/copy.ts';
import { AppError } from '../../domain/errors.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { within } from '../../lib/async/within.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { FileWish } from '../../store/messages/file-sends.ts';
import type { Store } from '../../store/store.ts';
import { createBlobHash, isNamedByGit } from '../../transfer/files/blob-hash.ts';
import { modelIn } from '../find.ts';
import { createReadmes, type Readmes, type ReadmesDeps } from './readmes.ts';

/** A file of a model, as it lies in a copy. */
export interface ModelFile {
  readonly copy: Copy;
  readonly file: RepoFile;
}

/** Why a file is not put on its way. */
export type WishRefusal = 'already' | 'too_many';

/** Files of models, for chats that want to have them. */
export interface Sending {
  /** What models and repositories say of themselves. */
  readonly readmes: Readmes;
  /** The file at this place in a copy's list, in the order of paths; undefined if the model has this copy no more. */
  readonly fileAt: (model: Model, copyId: number, index: number) => ModelFile | undefined;
  /**
   * Files of a model that may be meant by what was typed: the one that has this path, or the only one that is called so, or those that have
   * it in their paths.
   */
  readonly find: (model: Model, typed: string) => readonly ModelFile[];
  /** Which of these files of a copy lie on the disk, by their paths. @throws AppError unavailable: it does not say, or not soon */
  readonly here: (copy: Copy, files: readonly RepoFile[]) => Promise<ReadonlySet<string>>;
  /** Puts a file on its way to a chat: it is sent after a restart too. @returns why it is not */
  readonly request: (wish: FileWish) => WishRefusal | undefined;
  /** The file that was wanted, as its chat may have it now; undefined if it is gone from its library. */
  readonly wanted: (wish: Pick<FileWish, 'chatId' | 'modelId' | 'copyId' | 'path'>) => ModelFile | undefined;
  /**
   * What is in a file, a piece at a time; the last one only if all of them have the hash that the file should have.
   * @param told how many bytes have been read
   * @throws AppError not_found; integrity: it has another size or content than it should have, or leads out of its folder
   */
  readonly pieces: (of: ModelFile, told: (bytes: number) => void) => AsyncIterable<Uint8Array>;
}

export interface SendingDeps extends ReadmesDeps {
  readonly store: Store;
}

/** What one chat may have on its way: more is not what anybody waits for. */
const WAITING_MOST = 20;
/** What may be meant by a part of a path, and one more. */
export const LIKE_MOST = 10;
const PIECE_BYTES = 64 * 1024;
/** A disk, or the machine that has it, may answer nobody for long: whoever asks is not kept from everything else. */
const DISK_MS = 5000;

const folderOf = ({ repoType, name }: Copy): string => repoFolderName({ type: repoType, id: name });

const isAlike = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The one of several that bears the very name, if there is one. */
const meant = (files: readonly RepoFile[], typed: string): readonly RepoFile[] => {
  for (const bears of [(file: RepoFile) => file.path, (file: RepoFile) => nameIn(file.path)]) {
    const alike = files.filter((file) => isAlike(bears(file), typed));
    if (alike.length === 1) return alike;
  }
  return files;
};

/** What chats may have of the files that their models are made of: found by what people type, read where they lie. */
export const createSending = (deps: SendingDeps): Sending => {
  const { store, hosts } = deps;
  const isOf = ({ copyId, wantsCopyId }: Model, id: number): boolean => id === copyId || id === wantsCopyId;

  const listedIn = (copyId: number, files: readonly RepoFile[]): ModelFile[] => {
    const copy = store.copies.getCopy(copyId);
    return copy ? files.map((file) => ({ copy, file })) : [];
  };

  /** Cards say so, and “Fetch again” reads it anew. */
  const noteBroken = (copyId: number): void => {
    const now = store.copies.getCopy(copyId);
    if (now?.state === 'complete') store.copies.setFilesFaulty(copyId, now.filesGone, Math.max(1, now.filesBroken));
  };

  return {
    readmes: createReadmes(deps),
    fileAt: (model, copyId, index) => {
      if (!isOf(model, copyId)) return undefined;
      return listedIn(copyId, store.copies.listCopyFiles(copyId, { limit: 1, offset: index }))[0];
    },
    find: ({ wantsCopyId: copyId }, typed) => {
      if (copyId === null) return [];
      const exact = store.copies.copyFileAt(copyId, typed);
      return listedIn(copyId, exact ? [exact] : meant(store.copies.copyFilesLike(copyId, typed, LIKE_MOST + 1), typed));
    },
    here: async (copy, files) => {
      const wanted = { repoFolder: folderOf(copy), commit: copy.commitSha, files };
      const there = await within(DISK_MS, () => hosts.of(copy.hostId).filesThere(wanted));
      if (there) return new Set(there);
      throw new AppError('unavailable', 'The disk that it lies on does not answer now. Ask again later.');
    },
    request: (wish) =>
      store.atomically(() => {
        if (store.fileSends.isOnItsWay(wish)) return 'already';
        if (store.fileSends.countFileSends(wish.chatId) >= WAITING_MOST) return 'too_many';
        store.fileSends.createFileSend(wish);
        return undefined;
      }),
    wanted: ({ chatId, modelId, copyId, path }) => {
      const model = modelIn(store, chatId, modelId);
      const file = model && isOf(model, copyId) ? store.copies.copyFileAt(copyId, path) : undefined;
      return file && listedIn(copyId, [file])[0];
    },
    pieces: async function* ({ copy, file }, told) {
      const wanted = { repoFolder: folderOf(copy), commit: copy.commitSha, path: file.path };
      const hash = createBlobHash(isNamedByGit(file.etag), file.size);
      for (let start = 0; start < file.size; ) {
        const { size, content } = await hosts.of(copy.hostId).read({ ...wanted, start, bytes: PIECE_BYTES });
        const piece = Buffer.from(content, 'base64');
        if (size !== file.size || piece.length === 0)
          throw new AppError('integrity', `“${file.path}” is not what it was: it has another size.`);
        start += piece.length;
        hash.update(piece);
        // Whoever has the last piece has a whole file, and knows it by this hash from then on, in other chats too.
        if (start >= file.size && file.isUnhashed !== true && hash.digest('hex') !== file.etag) {
          noteBroken(copy.id);
          throw new AppError('integrity', `“${file.path}” is not what it was: it has another content.`);
        }
        yield piece;
        told(start);
      }
    },
  };
};
