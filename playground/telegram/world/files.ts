import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { WallClock } from '../../../src/lib/clock.ts';
import { badRequest } from '../api-error.ts';
import type { Args } from '../http/arguments.ts';
import type { DocumentJson, FileJson, MediaJson } from '../wire.ts';

/** Bots may fetch files up to this size (Bot API, getFile), send documents and photos up to those. */
const DOWNLOAD_LIMIT = 20 * 1024 * 1024;
const UPLOAD_LIMIT = 50 * 1024 * 1024;
/** The same where the server is one's own, with `--local` (Bot API, “Using a Local Bot API Server”). */
const LOCAL_UPLOAD_LIMIT = 2000 * 1024 * 1024;

/** What a bot may send. */
export const uploadMost = ({ localFolder }: { readonly localFolder?: string | undefined }): number =>
  localFolder === undefined ? UPLOAD_LIMIT : LOCAL_UPLOAD_LIMIT;
/** How long a path of getFile leads to the file (“guaranteed to be valid for at least 1 hour”); here no longer. */
const PATH_MS = 3_600_000;

const MIME: Readonly<Record<string, string>> = {
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.log': 'text/plain',
  '.json': 'application/json',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.gz': 'application/gzip',
  '.zip': 'application/zip',
  '.db': 'application/vnd.sqlite3',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.pdf': 'application/pdf',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.ogg': 'audio/ogg',
  '.webp': 'image/webp',
};

interface StoredFile extends FileJson {
  readonly data: Buffer;
  readonly name: string;
  readonly mime: string;
  readonly path: string;
}

export interface Files {
  /** @param mime guessed from the name if absent */
  readonly put: (data: Buffer, name: string, mime?: string) => StoredFile;
  readonly byId: (fileId: string) => StoredFile | undefined;
  /** Undefined also where getFile has not been asked for it for an hour. */
  readonly byPath: (path: string) => StoredFile | undefined;
  /** What getFile answers. @throws ApiError 400 */
  readonly describe: (fileId: string) => object;
  readonly documentJson: (file: StoredFile) => DocumentJson;
  /** As what can be seen or played. */
  readonly mediaJson: (file: StoredFile, about: Omit<MediaJson, keyof DocumentJson>) => MediaJson;
  /**
   * The file a call sends in `field`: an upload under that name or `attach://…`, or the id of one that is there.
   * @throws ApiError 400
   */
  readonly fromCall: (args: Args, field: string) => StoredFile;
}

const describedJson = ({ name, mime, file_id, file_unique_id, file_size }: StoredFile): DocumentJson => ({
  ...(name !== '' && { file_name: name }),
  mime_type: mime,
  file_id,
  file_unique_id,
  file_size,
});

export interface FilesOptions {
  readonly clock: WallClock;
  /**
   * A Bot API server of one's own with `--local`: files of any size, as paths below this folder. A server without that keeps
   * Telegram's limit, and gives no such paths.
   */
  readonly localFolder?: string | undefined;
}

export const createFiles = ({ clock, localFolder }: FilesOptions): Files => {
  const pathsUntil = new Map<string, number>();

  const byId = new Map<string, StoredFile>();
  const byPath = new Map<string, StoredFile>();

  const put = (data: Buffer, name: string, mime?: string): StoredFile => {
    const extension = extname(name).toLowerCase();
    const file: StoredFile = {
      file_id: `BQACAgIAAx${randomBytes(24).toString('base64url')}`,
      file_unique_id: `AgAD${randomBytes(8).toString('base64url')}`,
      file_size: data.length,
      data,
      name,
      mime: mime ?? MIME[extension] ?? 'application/octet-stream',
      path: `documents/file_${byId.size}${/^\.\w+$/.test(extension) ? extension : ''}`,
    };
    byId.set(file.file_id, file);
    byPath.set(file.path, file);
    return file;
  };

  return {
    put,
    byId: (fileId) => byId.get(fileId),
    byPath: (path) => ((pathsUntil.get(path) ?? 0) > clock.now() ? byPath.get(path) : undefined),
    describe: (fileId) => {
      if (fileId === '') throw badRequest('file_id not specified');
      const file = byId.get(fileId);
      if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable');
      const { file_id, file_unique_id, file_size, path } = file;
      if (localFolder !== undefined) {
        const place = join(localFolder, path);
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, file.data);
        return { file_id, file_unique_id, file_size, file_path: place };
      }
      if (file_size > DOWNLOAD_LIMIT) throw badRequest('file is too big');
      pathsUntil.set(path, clock.now() + PATH_MS);
      return { file_id, file_unique_id, file_size, file_path: path };
    },
    documentJson: (file) => describedJson(file),
    mediaJson: (file, about) => ({ ...about, ...describedJson(file) }),
    fromCall: (args, field) => {
      const value = args.text(field) ?? '';
      const part = args.files.get(value.startsWith('attach://') ? value.slice('attach://'.length) : field);
      if (part) {
        if (part.data.length === 0) throw badRequest('file must be non-empty');
        if (part.data.length > uploadMost({ localFolder })) throw badRequest('file is too big');
        return put(part.data, part.fileName || field);
      }
      if (value === '') throw badRequest(`there is no ${field} in the request`);
      const known = byId.get(value);
      if (!known) throw badRequest('wrong file identifier/HTTP URL specified');
      return known;
    },
  };
};
