import { isolated } from '../../lib/text/isolated.ts';
import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { TorrentSeed } from '../../store/web-files/torrent-seeds.ts';
import type { ModelDetails } from '../../library/model-details.ts';
import type { Times } from '../../library/model-view.ts';
import { appLines } from '../board/apps.ts';
import { pathOf } from '../board/load-commands.ts';
import type { KeptKind } from '../../domain/repo/kept-file.ts';
import { type AddressType, addressTypeOf } from '../../domain/repo/source-type.ts';
import { shownAddress, webFileParts } from '../../domain/repo/web-file.ts';
import { modelLabel, shownStatus, titleLine } from '../ui/label.ts';
import { count, foreign, lines, plain, shorten } from '../ui/text.ts';
import { retriesText, totalsText } from '../ui/totals.ts';

const DESCRIPTION_LIMIT = 400;
const TAGS_LIMIT = 400;
const CHATS_LIMIT = 300;
const LICENCE_LIMIT = 100;
const ERROR_LIMIT = 200;

/** What the details feature says. */
export const text = {
  notYours: 'That belongs to another chat, or is gone.',
} as const;

/** Whether a description is shown in part only. */
export const isLongDescription = (description: string | null): boolean =>
  Array.from(description ?? '').length > DESCRIPTION_LIMIT;

/** An address of which something is hidden leads nowhere: it must not become a link. */
const addressText = (address: string): FormattedString | string => {
  const shown = shownAddress(address);
  return shown.includes('•') ? FormattedString.code(shown) : shown;
};

const KINDS: Readonly<Record<KeptKind, string>> = {
  document: 'a document',
  photo: 'a photo',
  audio: 'a piece of music',
  video: 'a video',
  voice: 'a voice message',
  video_note: 'a video message',
  animation: 'an animation',
  sticker: 'a sticker',
};

const NAME_LIMIT = 120;

/** Foreign text: as code, so that nothing of it becomes a link. */
const quoted = (text: string): FormattedString => FormattedString.code(shorten(text, NAME_LIMIT));

/** Of a file that was sent: when, as what, how long it plays, and what it was called there. */
const keptFrom = ({ kept, model }: ModelDetails, times: Times): FormattedString | string => {
  if (!kept) return 'From a message';
  const { kind, uploadedAt, duration, title, fileName } = kept;
  const played = duration === null ? '' : `, ${formatDuration(duration * 1000)}`;
  const isRenamed = fileName !== null && fileName !== webFileParts(model.name)?.name;
  return FormattedString.join([
    `From ${KINDS[kind]} that was sent ${formatLocal(Date.parse(uploadedAt), times.timezone, times.now)}${played}`,
    ...(isRenamed ? [', called ', quoted(fileName)] : []),
    ...(title === null ? [] : ['\nTitle ', quoted(title)]),
  ]);
};

const FROM: Readonly<
  Record<AddressType, (details: ModelDetails, times: Times, url: string) => FormattedString | string>
> = {
  telegram: keptFrom,
  // To be copied with a tap: it leads nowhere by itself.
  torrent: (_, __, url) => FormattedString.join(['From the torrent ', FormattedString.code(shownAddress(url))]),
  direct: (_, __, url) => FormattedString.join(['From ', addressText(url)]),
};

const where = (details: ModelDetails, times: Times, page: string | undefined): FormattedString | string => {
  const { repoType, name, canonicalName, revision, sourceUrl } = details.model;
  if (sourceUrl !== null) return FROM[addressTypeOf(sourceUrl)](details, times, sourceUrl);
  const id = `${repoType === 'dataset' ? 'datasets/' : ''}${name}`;
  const renamed = canonicalName !== null && canonicalName !== name ? ` (${canonicalName} on the Hub)` : '';
  return FormattedString.join([
    'Repository ',
    page === undefined ? id : FormattedString.link(id, page),
    `${renamed}, ${revision}`,
  ]);
};

const NOT_SEEDED: Readonly<Record<NonNullable<TorrentSeed['refusal']>, string>> = {
  links: 'its disk does not let a file have a second name',
  files: 'not all of its files are what they were',
  peers: 'its trackers cannot be asked, and nothing else finds anybody',
  aria2: 'aria2 is not there, or does not take it',
};

/** Of a torrent: until when others get it from here, and how much they have got. */
const seedLine = ({ seed }: ModelDetails, { timezone, now }: Times): string | undefined => {
  if (!seed) return undefined;
  const { endsAt, givenBytes, refusal } = seed;
  if (refusal !== undefined) return `Not given to others: ${NOT_SEEDED[refusal]}.`;
  if (endsAt === undefined) return givenBytes === 0 ? undefined : `${formatBytes(givenBytes)} of it went to others.`;
  return `Given to others until ${formatLocal(Date.parse(endsAt), timezone, now)}, ${formatBytes(givenBytes)} so far`;
};

const SHA256 = /^[0-9a-f]{64}$/;

/** What tells this state of it from others, and what that is called: of a file from a web address the hash of the file. */
export const stateOf = ({
  model: { commitSha, sourceUrl },
  sha256 = '',
}: ModelDetails): { readonly name: string; readonly value: string } | undefined => {
  if (sourceUrl !== null) return SHA256.test(sha256) ? { name: 'SHA-256', value: sha256 } : undefined;
  return commitSha === null ? undefined : { name: 'commit', value: commitSha };
};

const stateLine = (details: ModelDetails): FormattedString | undefined => {
  const state = stateOf(details);
  const named = state && `${state.name.charAt(0).toUpperCase()}${state.name.slice(1)} `;
  return state && FormattedString.join([named ?? '', FormattedString.code(state.value)]);
};

const licenceLine = ({ license, metadata, tokenOf }: Model): string | undefined => {
  const parts = [
    license === null ? '' : `Licence ${foreign(license, LICENCE_LIMIT)}`,
    metadata?.gated === true ? 'gated' : '',
    metadata?.private === true ? 'private' : '',
    tokenOf === null ? '' : 'by a personal token',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' · ') : undefined;
};

const keptLine = ({ model, category }: ModelDetails): string =>
  [
    category === undefined ? 'No category' : `Category ${`${category.name} ${category.icon ?? ''}`.trim()}`,
    `priority ${model.priority}`,
    model.pinned ? 'pinned' : '',
    model.enabled ? '' : 'switched off',
    model.maxRetries === null ? '' : retriesText(model.maxRetries),
  ]
    .filter((part) => part !== '')
    .join(' · ');

const othersLine = ({ others }: ModelDetails): string | undefined => {
  if (others.chats === 0) return undefined;
  const names = others.titles.length > 0 ? `: ${shorten(others.titles.map(isolated).join(', '), CHATS_LIMIT)}` : '';
  return `The same files are in the library of ${count(others.chats, 'other chat')}${names}.`;
};

const historyLines = ({ history, lastSession, model }: ModelDetails): (string | undefined)[] => {
  if (!lastSession)
    return [model.status === 'completed' ? 'Nothing of it had to be downloaded.' : 'Nothing of it was downloaded yet.'];
  const failed = history.failed > 0 ? `, ${history.failed} failed` : '';
  const last = lastSession.status === 'completed' ? `: ${totalsText(model.sizeBytes ?? 0, lastSession)}` : '';
  const error = lastSession.status === 'failed' ? (lastSession.errorMessage ?? undefined) : undefined;
  return [
    `${count(history.sessions, 'download')}${failed}. The last one ${lastSession.status.replace('_', ' ')}${last}`,
    error && shorten(error.replace(/\s+/gu, ' '), ERROR_LIMIT),
  ];
};

/** All that is known of a model, on one screen. @param page of its repository on the Hub */
export const detailsText = (details: ModelDetails, times: Times, page?: string): FormattedString => {
  const { model, word, tags, files, askedBy } = details;
  const { title, description, sizeBytes, downloadPath } = model;
  const about = (description ?? '').trim();
  return lines(
    titleLine(modelLabel(model), shownStatus(model, word)),
    title ?? undefined,
    about === '' ? undefined : FormattedString.blockquote(shorten(about, DESCRIPTION_LIMIT)),
    where(details, times, page),
    seedLine(details, times),
    stateLine(details),
    details.sameAs.length === 0 ? undefined : `The same file is in ${details.sameAs.join(', ')} as well`,
    `${sizeBytes === null ? '' : `${formatBytes(sizeBytes)} in `}${count(files, 'file')}`,
    downloadPath === null
      ? undefined
      : FormattedString.join([
          model.hostName ? `Path on ${model.hostName} ` : 'Path ',
          FormattedString.code(pathOf(model)),
        ]),
    ...appLines(details.apps, model.copyId !== null),
    licenceLine(model),
    keptLine(details),
    tags.length === 0 ? undefined : `Tags ${shorten(tags.map(isolated).join(', '), TAGS_LIMIT)}`,
    `Added ${formatLocal(Date.parse(model.createdAt), times.timezone, times.now)}${askedBy === undefined ? '' : ` by ${isolated(askedBy)}`}`,
    othersLine(details),
    ...historyLines(details),
  );
};

/** The whole of what somebody wrote about it. */
export const descriptionText = (model: Model): FormattedString =>
  lines(titleLine(modelLabel(model), 'description'), plain(model.description ?? ''));
