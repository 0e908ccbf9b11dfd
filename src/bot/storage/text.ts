import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { DiskReport, FolderShare } from '../../library/storage/disk-walk.ts';
import type {
  ChatShare,
  PartialShare,
  StoragePage,
  StorageScope,
  StorageView,
  StoredModel,
} from '../../library/storage/storage.ts';
import type { Kept } from '../../library/storage/cleanup-view.ts';
import type { Suggestion } from '../../library/storage/suggestions.ts';
import type { Topic } from '../feature.ts';
import { shortLabel } from '../ui/label.ts';
import type { HostView } from '../../library/hosts/hosts-view.ts';
import type { Times } from '../../library/model-view.ts';
import { hostDiskLines } from '../ui/hosts/disk-lines.ts';
import { awayWords } from '../ui/hosts/words.ts';
import { titleLine } from '../ui/label.ts';
import { lastUseNote, lastUseText } from '../ui/storage/last-use.ts';
import { count, foreign, lines, plain, shorten } from '../ui/text.ts';
import { diskBar } from '../ui/storage/disk-bar.ts';

const NAME_LIMIT = 48;
const TITLE_LIMIT = 40;
/** More models than these are told by their number. */
const WAITING_MOST = 2;

/** What the storage feature says. */
export const text = {
  sharedFiles: 'Files that several of them have lie on the disk once.',
  looking: 'The disk is still being looked through. “Look again” tells the rest in a moment.',
  nothingNew: 'Looked again: nothing new.',
  noModels: 'No model is here completely yet.',
  noPartials: 'Nothing has come in part.',
  notYours: 'That belongs to another chat, or is gone.',
  noSuggestion:
    'Nothing that I have fetched was left unused for a day, unless it is pinned. What other programs have put there I do not suggest.',
  noUnowned: 'All that lies in the cache is in a library.',
  unknown: (word: string): string =>
    `“${shorten(word, 30)}” is nothing that /storage tells apart. Write /storage, /storage picture, or the name of a machine that /hosts lists behind it.`,
} as const;

export const help: Topic = {
  name: 'storage',
  lines: [
    'Storage',
    '/storage tells what takes room on the disk: the models, what other programs keep there, what is free, and how much of that stays free.',
    'Its buttons list the models by their size, and what has come in part and waits for the rest. What another chat has too is on the disk once.',
    '/storage and the name of another machine tells the same of that one: its disk, its models, what has come there in part, what is in no library, and what could go.',
    '/storage picture shows the models by their size, and what was fetched on each of the last thirty days.',
    'Owners see it of all chats, in a chat of their own, and what no library has: files that other programs have put into the cache, or that stayed when only an entry was removed.',
    '“What could go” names models that I have fetched and nobody has used for long, with a button that asks and removes. Pinned ones are never among them.',
    'Before a download starts, the room that it needs is set aside for it: one that does not fit beside those that run waits until it does.',
  ],
  words: ['disk', 'room', 'space', 'size'],
};

const repositories = (amount: number): string => (amount === 1 ? '1 repository' : `${amount} repositories`);

/** A repository by its id, or as far as its folder tells. */
const folderLabel = ({ repo, repoFolder }: FolderShare): string => {
  const name = repo ? `${repo.type === 'model' ? '' : 'datasets/'}${repo.id}` : repoFolder.replace(/^models--/, '');
  return shorten(repo ? name : name.replace('--', '/'), NAME_LIMIT);
};

const diskLines = (report: DiskReport, floorBytes: number): (string | FormattedString)[] => {
  const { cacheBytes, totalBytes, freeBytes } = report;
  const otherBytes = Math.max(0, totalBytes - freeBytes - cacheBytes);
  const parts = { cacheBytes, otherBytes, freeBytes, floorBytes: Math.min(floorBytes, freeBytes) };
  const floor =
    floorBytes > freeBytes
      ? `Less than the ${formatBytes(floorBytes)} that shall stay free: nothing more is fetched.`
      : `${formatBytes(floorBytes)} stay free, whatever is added.`;
  return [
    FormattedString.code(diskBar(parts)),
    `${formatBytes(cacheBytes)} models, ${formatBytes(otherBytes)} other files, ${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}.`,
    ...(floorBytes > 0 ? [floor] : []),
  ];
};

const limitLine = ({ limit }: StorageView): string | undefined => {
  if (!limit) return undefined;
  const left = limit.bytes - limit.takenBytes;
  const rest = left >= 0 ? `${formatBytes(left)} are left` : `that is ${formatBytes(-left)} too much`;
  return `All models may take ${formatBytes(limit.bytes)} together: ${formatBytes(limit.takenBytes)} are taken, ${rest}.`;
};

const sumLine = ({ sum, chats }: StorageView, scope: StorageScope): string => {
  const { copies, sizeBytes, sharedBytes } = sum;
  if (copies === 0) return scope === 'all' ? text.noModels : 'No model of this chat is here completely yet.';
  const where = scope === 'all' ? `in ${count(chats, 'chat')}` : 'in this chat';
  const shared =
    sharedBytes === 0
      ? ''
      : scope === 'all'
        ? `; ${formatBytes(sharedBytes)} of it in more than one chat, and once on the disk`
        : `; ${formatBytes(sharedBytes)} of it other chats have too`;
  return `${count(copies, scope === 'all' && sharedBytes > 0 ? 'different model' : 'model')} ${where}: ${formatBytes(sizeBytes)}${shared}.`;
};

const removedLine = (bytes: number): string =>
  `${formatBytes(bytes)} were removed and are free within the hour, or as soon as something needs the room.`;
const partialsLine = ({ bytes, folders }: StorageView['partials']): string =>
  `${formatBytes(bytes)} have come in part, of ${repositories(folders)}.`;
const unownedLine = (bytes: number, folders: number): string =>
  `${formatBytes(bytes)} in the cache are in no library, of ${repositories(folders)}.`;

/** What the disk holds, in words; the bar says nothing that the words do not. */
export const overviewText = (view: StorageView, scope: StorageScope): FormattedString => {
  const { report, floorBytes, partials } = view;
  const unowned = report?.unowned ?? [];
  const rest = unowned.reduce((sum, { bytes }) => sum + bytes, 0);
  return lines(
    FormattedString.b('Storage'),
    ...(report ? diskLines(report, floorBytes) : [text.looking]),
    limitLine(view),
    sumLine(view, scope),
    // Quantizations of one repository have files in common, and so may two repositories: the sum is more than the disk holds.
    scope === 'all' && report && report.modelBytes > 0 && view.sum.sizeBytes > report.modelBytes && text.sharedFiles,
    view.removedBytes > 0 && removedLine(view.removedBytes),
    partials.folders > 0 && partialsLine(partials),
    scope === 'all' && rest > 0 && unownedLine(rest, unowned.length),
  );
};

const pageNote = ({ pages, page }: StoragePage<unknown>): string =>
  pages > 1 ? ` · page ${page + 1} of ${pages}` : '';

/** The machine that a list is of, by its name; undefined: that of the bot. */
type Where = string | undefined;

const title = (head: string, page: StoragePage<unknown>, where?: Where): FormattedString =>
  FormattedString.join([FormattedString.b(where === undefined ? head : `${head} on ${where}`), pageNote(page)]);

/** A number is told in the chat that it is of. */
const modelName = (model: Model, chatId: number): string =>
  `${model.chatId === chatId ? `#${model.id} ` : ''}${shortLabel(model, NAME_LIMIT)}`;

/** @param chatId where it is read */
export const modelsText = (page: StoragePage<StoredModel>, chatId: number): FormattedString =>
  page.total === 0
    ? plain(text.noModels)
    : lines(
        title('Models, the largest first', page),
        ...page.entries.map(({ model, sizeBytes, chats, chatTitle }) => {
          const whose =
            model.chatId === chatId || chatTitle === undefined ? '' : `of ${foreign(chatTitle, TITLE_LIMIT)}`;
          const notes = [model.pinned ? 'pinned' : '', chats > 1 ? `in ${chats} chats` : whose].filter(
            (one) => one !== '',
          );
          return `${formatBytes(sizeBytes)} · ${[modelName(model, chatId), ...notes].join(' · ')}`;
        }),
      );

/** Another machine as far as its disk was asked; undefined: it was not. */
type HostReport = StorageView | undefined;

/** What was found a moment ago is new enough that nobody wonders. */
const NEW_MS = 5000;

const foundLines = (view: HostReport, scope: StorageScope, { now }: Times): (string | false)[] => {
  if (!view) return [];
  const { report, partials, removedBytes } = view;
  if (!report) return [text.looking];
  const rest = report.unowned.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    removedBytes > 0 && removedLine(removedBytes),
    partials.folders > 0 && partialsLine(partials),
    scope === 'all' && rest > 0 && unownedLine(rest, report.unowned.length),
    now - report.lookedAt >= NEW_MS && `So it was ${formatDuration(now - report.lookedAt)} ago.`,
  ];
};

/** Another machine: its disk, the models on it, and what else lies there. @param chatId where it is read */
export const hostStorageText = (
  { host, standing, disk }: HostView,
  view: HostReport,
  {
    page,
    scope,
    chatId,
    times,
  }: {
    readonly page: StoragePage<StoredModel>;
    readonly scope: StorageScope;
    readonly chatId: number;
    readonly times: Times;
  },
): FormattedString =>
  lines(
    titleLine(`Storage of ${host.name}`, standing === 'away' ? awayWords(host.seenAt, times) : 'there'),
    ...(view?.report ? diskLines(view.report, 0) : disk ? hostDiskLines(disk, standing === 'away') : []),
    ...foundLines(view, scope, times),
    page.total === 0
      ? `${scope === 'all' ? 'No library has a complete model' : 'No model of this chat is complete'} on ${host.name}.`
      : modelsText(page, chatId),
  );

/** Who has how much, for owners. */
export const chatsText = (page: StoragePage<ChatShare>): FormattedString =>
  page.total === 0
    ? plain(text.noModels)
    : lines(
        title('Chats, by what they have', page),
        ...page.entries.map(({ title: name, copies, sizeBytes, sharedBytes }) => {
          const shared = sharedBytes > 0 ? ` · ${formatBytes(sharedBytes)} of it others have too` : '';
          return `${formatBytes(sizeBytes)} · ${foreign(name, TITLE_LIMIT)} · ${count(copies, 'model')}${shared}`;
        }),
      );

/** @param waits what a model waits for, in a few words */
export const partialsText = (
  page: StoragePage<PartialShare>,
  chatId: number,
  waits: (model: Model) => string,
  where: Where,
): FormattedString => {
  if (page.total === 0) return plain(text.noPartials);
  const whoWaits = ({ models }: PartialShare): string => {
    if (models.length === 0) return 'nobody waits for it: what I have begun goes at night';
    const named = models.slice(0, WAITING_MOST).map((model) => `${modelName(model, chatId)}: ${waits(model)}`);
    const more = models.length - named.length;
    return `${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
  };
  return lines(
    title('Come in part', page, where),
    ...page.entries.map((share) =>
      share.models.length === 0
        ? `${formatBytes(share.bytes)} · ${folderLabel(share)} · ${whoWaits(share)}`
        : `${formatBytes(share.bytes)} · ${whoWaits(share)}`,
    ),
  );
};

/** What could go, and why that. @param chatId where it is read */
export const suggestionsText = (page: StoragePage<Suggestion>, chatId: number, where: Where): FormattedString =>
  page.total === 0
    ? plain(text.noSuggestion)
    : lines(
        title('What could go', page, where),
        'What frees most and was unused for longest comes first. Nothing goes unless you say so.',
        ...page.entries.map(({ model, sizeBytes, used, idleDays, chats }) => {
          const shared = chats > 1 ? ` · in ${chats} chats` : '';
          return FormattedString.join([
            `${formatBytes(sizeBytes)} · `,
            FormattedString.b(modelName(model, chatId)),
            ` · ${lastUseText(used.by, idleDays)}${shared}`,
          ]);
        }),
        lastUseNote(page.entries.map(({ used }) => used.by)),
      );

/** What a tap on Keep came to. */
export const keptText = (kept: Kept): string => {
  if (!kept) return text.notYours;
  if (kept.models > 1) return `${kept.models} models stay.`;
  if (kept.models === 1) return 'It stays.';
  if (kept.fate === 'removed' || kept.fate === 'going') return 'Too late: it is removed.';
  return kept.fate === undefined ? 'There is nothing left to keep.' : 'It stays already.';
};

/** What lies in the cache and in no library, for owners. */
export const unownedText = (page: StoragePage<DiskReport['unowned'][number]>, where: Where): FormattedString =>
  page.total === 0
    ? plain(text.noUnowned)
    : lines(
        title(where === undefined ? 'In the cache, and in no library' : 'In no library', page, where),
        ...page.entries.map((share) => {
          const why = share.isLeft ? 'left when its entry was removed' : 'put there by another program, or before';
          return `${formatBytes(share.bytes)} · ${folderLabel(share)} · ${why}`;
        }),
        'I never remove these by myself; /adopt takes over what is whole of them.',
      );
