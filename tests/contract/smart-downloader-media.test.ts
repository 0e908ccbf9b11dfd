import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import { keptAddress } from '../../src/domain/repo/kept-file.ts';
import { SOURCE_TYPES, sourceTypeOf } from '../../src/domain/repo/source-type.ts';
import { webAddressIn } from '../../src/domain/repo/web-file.ts';
import type { DownloadSession } from '../../src/domain/session.ts';
import type { KeptFile } from '../../src/store/messages/kept-files.ts';
import { type Bench, CHAT, codeOf, hash, openBench } from '../store/setup.ts';

/**
 * The fields of media and downloads in the data model of the bot that downloads media, each written by what happens and read by the
 * store's own functions. There a file is sent to an uploader bot, whose id for it is kept; here it goes both ways.
 */
const FILE: KeptFile = {
  botId: 42,
  fileId: 'BQACAgIAAx',
  fileUniqueId: 'AgADx',
  kind: 'video',
  fileName: 'film.mp4',
  mimeType: 'video/mp4',
  fileSize: 5_000_000,
  duration: 61,
  title: 'A film',
  uploadedAt: '2026-11-20T10:00:00.000Z',
};
const URL = keptAddress(FILE);
const SENT = { botId: 42, etag: hash('e'), fileName: 'film.mp4' };

/** A film that somebody has sent to be kept, on its way. */
const open = () => {
  const bench = openBench();
  bench.store.keptFiles.putKeptFile(FILE);
  const { id } = bench.add('files/video/film.mp4', {
    sourceUrl: URL,
    commitSha: hash('c', 40),
    files: [{ path: 'film.mp4', size: 5_000_000, etag: hash('c', 40), isUnhashed: true }],
    sizeBytes: 5_000_000,
    category: 'video',
    requestedBy: CHAT,
  });
  const model = (): Model => bench.model(id);
  bench.store.cards.putCard({ modelId: id, chatId: CHAT, threadId: null, messageId: 77, replyTo: null });
  return { ...bench, id, now: model };
};
type Film = ReturnType<typeof open>;

const begin = ({ store, run, now, id }: Film): DownloadSession => {
  run(now());
  return store.sessions.startOrContinue(id, 5_000_000);
};
const session = ({ store, id }: Film): DownloadSession | undefined => store.sessions.getDownloadHistory(id, 1)[0];
const kept = ({ store }: Film): KeptFile | undefined => store.keptFiles.keptFile(FILE);

interface Field {
  readonly field: string;
  readonly read: (film: Film) => unknown;
  readonly is: unknown;
}

const FIELDS: readonly Field[] = [
  { field: 'media.id', read: ({ now }) => now().id, is: 1 },
  {
    field: 'media.title, as people here call it',
    read: ({ store, now, id }) => (store.models.updateModelDetails(id, { title: 'Ours' }), now().title),
    is: 'Ours',
  },
  { field: 'media.title, as it was sent', read: (film) => kept(film)?.title, is: 'A film' },
  { field: 'media.file_id, of what was sent to the bot', read: (film) => kept(film)?.fileId, is: 'BQACAgIAAx' },
  {
    field: 'media.file_id, of what the bot has sent',
    read: ({ store }) => (store.fileSends.keepFileId(SENT, 'sent-1'), store.fileSends.fileIdOf(SENT)),
    is: 'sent-1',
  },
  { field: 'media.file_name', read: (film) => kept(film)?.fileName, is: 'film.mp4' },
  { field: 'media.file_size', read: ({ now }) => now().sizeBytes, is: 5_000_000 },
  { field: 'media.duration, in seconds', read: (film) => kept(film)?.duration, is: 61 },
  { field: 'media.category', read: ({ now }) => now().category, is: 'video' },
  { field: 'media.source_url', read: ({ now }) => now().sourceUrl, is: URL },
  { field: 'media.source_type', read: ({ now }) => sourceTypeOf(now().sourceUrl), is: 'telegram' },
  { field: 'media.download_status', read: ({ now }) => now().status, is: 'pending' },
  { field: 'media.uploaded_at, to the bot', read: (film) => kept(film)?.uploadedAt, is: '2026-11-20T10:00:00.000Z' },
  {
    field: 'media.uploaded_at, by the bot',
    read: ({ store, raw, clock }) => {
      store.fileSends.keepFileId(SENT, 'sent-1');
      return raw.prepare('SELECT uploaded_at FROM sent_files').pluck().get() === clock.iso();
    },
    is: true,
  },
  { field: 'media.user_id', read: ({ now }) => now().requestedBy, is: CHAT },
  { field: 'media.chat_id', read: ({ now }) => now().chatId, is: CHAT },
  { field: 'media.created_at', read: ({ now, clock }) => now().createdAt === clock.iso(), is: true },
  {
    field: 'media.updated_at',
    read: (film) => (film.clock.move(5000), begin(film), film.now().updatedAt === film.clock.iso()),
    is: true,
  },
  { field: 'downloads.gid', read: (film) => begin(film).uuid, is: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  { field: 'downloads.status', read: (film) => begin(film).status, is: 'in_progress' },
  { field: 'downloads.total_size', read: (film) => begin(film).totalBytes, is: 5_000_000 },
  {
    field: 'downloads.downloaded, and progress as its share',
    read: (film) => {
      const { id } = begin(film);
      film.store.sessions.updateDownloadSession(id, 'in_progress', { bytesDownloaded: 2_000_000 });
      const { bytesDownloaded = 0, totalBytes } = session(film) ?? {};
      return (100 * bytesDownloaded) / (totalBytes ?? 1);
    },
    is: 40,
  },
  { field: 'downloads.chat_id', read: (film) => begin(film).chatId, is: CHAT },
  { field: 'downloads.message_id', read: ({ store, id }) => store.cards.cardOf(id)?.messageId, is: 77 },
  { field: 'downloads.media_id', read: (film) => begin(film).modelId, is: 1 },
  {
    field: 'downloads.source_url',
    read: ({ store, now }) => store.copies.getCopy(now().wantsCopyId ?? 0)?.sourceUrl,
    is: URL,
  },
  { field: 'downloads.started_at', read: (film) => begin(film).startedAt === film.clock.iso(), is: true },
];

describe('in its place is', () => {
  it.each(FIELDS)('$field', ({ read, is }) => {
    expect(read(open())).toEqual(is);
  });

  it('each kind of source, and none for what is unsupported', () => {
    const bench: Bench = openBench();
    const { store } = bench;
    const urls = [null, 'https://example.org/a.gguf', `magnet:?xt=urn:btih:${'a'.repeat(40)}`, URL];
    expect(urls.map(sourceTypeOf)).toEqual(SOURCE_TYPES);
    expect(codeOf(() => webAddressIn('ftp://example.org/a.gguf'))).toBe('validation');
    expect(store.models.listModels(CHAT)).toEqual([]);
  });
});
