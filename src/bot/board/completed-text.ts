import type { InlineKeyboardButton } from 'grammy/types';
import { readAbout } from '../../domain/files/loads/about.ts';
import { isLoadable, type Loads } from '../../domain/files/loads/loads.ts';
import { isRepoId } from '../../domain/repo/repo.ts';
import type { Model } from '../../domain/model.ts';
import type { ModelView } from '../../library/model-view.ts';
import type { HashOrigin } from '../../domain/listing.ts';
import { isKeptAddress } from '../../domain/repo/kept-file.ts';
import { actionButton } from '../ui/buttons.ts';
import { count, shorten } from '../ui/text.ts';

/** More branches than these are named by their number. */
const NAMED_MOST = 10;
const OFFERED_MOST = 8;
const BRANCH_LIMIT = 40;

const branchesText = (branches: readonly string[]): string => {
  const named = branches.slice(0, NAMED_MOST).map((branch) => shorten(branch, BRANCH_LIMIT));
  const more = branches.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** Of a file from a web address: what its hash was compared with. */
const WEB_FILE_VERIFIED: Readonly<Record<HashOrigin, string>> = {
  given: 'Verified: it has the sha256 that was given.',
  beside: 'Verified: it has the sha256 that lies beside it on its server.',
  header: 'Verified: it has the sha256 that its server tells.',
  pieces: 'Verified piece by piece: it has the hashes that its torrent tells.',
  nobody: 'Not verified: nobody has said its sha256. Its own was kept when it came, to be compared by /verify.',
};

/** What came of a finished model: how many files, and what is missing to load it. */
export const completedLines = ({
  model,
  brief,
  baseId,
}: Pick<ModelView, 'model' | 'brief' | 'baseId'>): readonly string[] => {
  const { webFile } = model.metadata ?? {};
  const amount = count(brief.count, 'file');
  if (webFile) return [`${brief.count > 1 ? `${amount}. ` : ''}${WEB_FILE_VERIFIED[webFile.hash]}`];
  const verified = `${amount} verified`;
  const { loads } = brief;
  const { branches } = readAbout(model);
  if (loads.kind === 'nothing') {
    if (branches.length === 0) return [`${verified}; there are no weights among them`];
    return [`${amount} verified; no weights in this branch. Others: ${branchesText(branches)}`];
  }
  if (loads.kind === 'parts')
    return [`${verified}; parts of the weights are missing, so it cannot be loaded like this`];
  if (loads.kind !== 'peft') return [verified];
  const base = loads.base === undefined ? '' : ` for ${loads.base}`;
  return [
    verified,
    `An adapter${base}: it needs that model as well${baseId === undefined ? '' : `, which this library has as #${baseId}`}`,
  ];
};

/** The branches that may hold the weights which this one lacks, or the model that an adapter is for. */
export const completedButtons = ({
  model,
  brief: { loads },
  baseId,
}: Pick<ModelView, 'model' | 'brief' | 'baseId'>): readonly InlineKeyboardButton[][] => {
  const isAlone = loads.kind === 'peft' && baseId === undefined && loads.base !== undefined && isRepoId(loads.base);
  if (isAlone) return [[actionButton(`Add ${shorten(loads.base ?? '', BRANCH_LIMIT)}`, 'base', model.id)]];
  if (loads.kind !== 'nothing') return [];
  const buttons = readAbout(model)
    .branches.slice(0, OFFERED_MOST)
    .map((branch, index) =>
      actionButton(`Add ${shorten(`@${branch}`, BRANCH_LIMIT)}`, 'branch', `${model.id}:${index}`),
    );
  const rows: InlineKeyboardButton[][] = [];
  for (let index = 0; index < buttons.length; index += 2) rows.push(buttons.slice(index, index + 2));
  return rows;
};

/** Where else it may lie: on the only other machine, or on one of several. */
export const elsewhereButtons = ({
  model,
  hostsLeft: left = [],
}: Pick<ModelView, 'model' | 'hostsLeft'>): readonly InlineKeyboardButton[] => {
  const [only] = left;
  if (!only) return [];
  if (left.length > 1) return [actionButton('Also on …', 'elsewhere', model.id)];
  return [actionButton(`Also on ${only.name}`, 'alsoOn', `${model.id}:${only.id}`)];
};

/** Of a finished model whose files something else has removed or damaged since. @param broken how many of these are there */
export const goneLine = (gone: number, all: number, broken: number): string => {
  const which = gone < all ? `${gone} of its ${count(all, 'file')}` : all === 1 ? 'Its file' : `All its ${all} files`;
  const verb = gone === 1 ? 'is' : 'are';
  if (broken >= gone) return `${which} ${verb} damaged: reading ${gone === 1 ? 'it' : 'them'} showed another content.`;
  if (broken > 0) return `${which} are damaged or no longer on the disk.`;
  return `${which} ${verb} no longer on the disk: something other than hubgram has removed ${gone === 1 ? 'it' : 'them'}.`;
};

/** How the notice of the end goes on: “551 MB, verified and ready to load.” */
export const readyText = (loads: Loads | undefined, of?: Pick<Model, 'metadata' | 'sourceUrl'>): string => {
  const webFile = of?.metadata?.webFile;
  if (webFile?.hash === 'nobody')
    return isKeptAddress(of?.sourceUrl ?? '') ? 'as it was sent' : 'not verified by anybody';
  if (webFile) return 'verified';
  if (!loads) return 'verified';
  if (isLoadable(loads)) return 'verified and ready to load';
  if (loads.kind === 'nothing') return 'verified; no weights among them';
  return loads.kind === 'parts' ? 'verified; parts of the weights are missing' : 'verified';
};
