import type { RepoFile } from '../domain/listing.ts';
import type { Model } from '../domain/model.ts';
import type { StatusWord } from '../domain/states/model.ts';
import type { DownloadSession } from '../domain/session.ts';
import { pageOf, type PageWanted } from '../lib/page.ts';
import { isOwner } from '../people/may.ts';
import type { HistorySum } from '../store/downloads/history.ts';
import type { Store } from '../store/store.ts';
import type { TorrentSeed } from '../store/web-files/torrent-seeds.ts';
import { type AppView, type AppViewDeps, appsShown } from './apps/app-view.ts';
import { readKeptAddress, type TelegramFile } from '../domain/repo/kept-file.ts';
import { type CategoryView, categoriesOf } from './categories.ts';
import { statusWord } from './model-view.ts';

/** All that is known of a model and rests. */
export interface ModelDetails {
  readonly model: Model;
  readonly word: StatusWord;
  readonly tags: readonly string[];
  readonly category: CategoryView | undefined;
  readonly files: number;
  /** Of a file from a web address: its hash, once it is known; else a name that its state has. */
  readonly sha256: string | undefined;
  /** Other models of this chat in which the very same file is. */
  readonly sameAs: readonly string[];
  /** What the message said that it was kept from. */
  readonly kept: TelegramFile | undefined;
  /** Of a torrent: how it is given to others, if it is or was. */
  readonly seed: TorrentSeed | undefined;
  /** Programs that see it, or shall. */
  readonly apps: readonly AppView[];
  /** Who asked for it, as they are called. */
  readonly askedBy: string | undefined;
  /** Other chats with the same copy: how many, and for an owner in a chat of their own what they are called. */
  readonly others: { readonly chats: number; readonly titles: readonly string[] };
  readonly history: HistorySum;
  readonly lastSession: DownloadSession | undefined;
}

/** Other chats are named to owners only: nobody else is to know who keeps what. */
const othersOf = (store: Store, { chatId, copyId, wantsCopyId }: Model, userId: number): ModelDetails['others'] => {
  const copy = copyId ?? wantsCopyId;
  const chats = copy === null ? [] : store.models.chatsWithCopy(copy).filter((one) => one !== chatId);
  // In a group, all of its people read it.
  const isAlone = chatId === userId;
  const titles =
    isAlone && isOwner(store, userId) ? chats.map((one) => store.chats.getChat(one)?.title ?? String(one)) : [];
  return { chats: chats.length, titles };
};

/** More than these are not named. */
const SAME_MOST = 3;

/** Undefined of what was not sent to the bot. */
const keptOf = ({ keptFiles }: Store, { sourceUrl }: Model): TelegramFile | undefined => {
  const address = sourceUrl === null ? undefined : readKeptAddress(sourceUrl);
  return address && keptFiles.keptFile(address);
};

/** @param userId who wants to know */
export const detailsOf = (deps: AppViewDeps, model: Model, userId: number): ModelDetails => {
  const { store } = deps;
  const { id, chatId, requestedBy, wantsCopyId } = model;
  const files = wantsCopyId === null ? 0 : store.copies.countCopyFiles(wantsCopyId);
  // Of a torrent with several, none of them is that of the whole.
  const sha256 =
    model.sourceUrl === null || wantsCopyId === null || files !== 1
      ? undefined
      : store.copies.listCopyFiles(wantsCopyId, { limit: 1, offset: 0 })[0]?.etag;
  return {
    model,
    word: statusWord(store, model),
    tags: store.models.tagsOf(id),
    category: categoriesOf(store, chatId).find(({ name }) => name === model.category),
    files,
    sha256,
    sameAs: sha256 === undefined ? [] : store.webFiles.namesWith(sha256, model, SAME_MOST),
    kept: keptOf(store, model),
    seed: model.copyId === null ? undefined : store.webFiles.torrentSeed(model.copyId),
    apps: appsShown(deps, model),
    askedBy: requestedBy === null ? undefined : store.users.getUser(requestedBy)?.firstName,
    others: othersOf(store, model, userId),
    history: store.sessions.sumSessions({ chatId, modelId: id }),
    lastSession: store.sessions.sessionOf(model),
  };
};

/** A part of a model's files. */
export interface FilesPage {
  readonly files: readonly RepoFile[];
  readonly total: number;
  readonly pages: number;
  /** Counted from 0; the last one if there are not so many. */
  readonly page: number;
}

/** A part of the files of the copy that a model wants; none where it wants none yet. */
export const filesPage = ({ copies }: Store, { wantsCopyId }: Model, wanted: PageWanted): FilesPage => {
  const total = wantsCopyId === null ? 0 : copies.countCopyFiles(wantsCopyId);
  const { pages, page, ...part } = pageOf(total, wanted);
  return { files: wantsCopyId === null ? [] : copies.listCopyFiles(wantsCopyId, part), total, pages, page };
};
