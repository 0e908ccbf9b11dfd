import { FormattedString } from '@grammyjs/parse-mode';
import { isRepoId } from '../../domain/repo/repo.ts';
import type { Topic } from '../feature.ts';
import { titleLine } from '../ui/label.ts';
import { foreign, lines, plain, shorten } from '../ui/text.ts';
import type { CardFacts } from './facts.ts';
import type { LaidOut } from './markdown/laid-out.ts';
import { seen } from './markdown/sink.ts';

const LABEL_MOST = 150;
const FACT_MOST = 80;
const LANGUAGES_SHOWN = 12;
const BASES_SHOWN = 4;

/** What the readme feature says. */
export const text = {
  empty: 'This library is empty. /readme owner/name shows what a repository of the Hub says of itself.',
  notYours: 'That belongs to another chat, or is gone.',
  ofLibrary:
    'You may read about what is in this library. READMEs of other repositories are for members: the bot’s owner can let you.',
  oneName: '/readme takes one name, for example /readme gpt2. Write the others with a command of their own.',
  none: 'There is no README among its files.',
  nothingInIt: 'There is nothing in it.',
} as const;

/** What whoever made the card wrote into it. */
const oneLine = (said: string): string => foreign(seen(said).trim(), FACT_MOST);

const listed = (all: readonly string[], shown: number): string => {
  const more = all.length > shown ? `, and ${all.length - shown} more` : '';
  return `${all.slice(0, shown).map(oneLine).join(', ')}${more}`;
};

/** A repository, as a link to its page where its name is one. */
const repoLink = (name: string, pageOf: (id: string) => string): FormattedString =>
  isRepoId(name) && pageOf(name).startsWith('http')
    ? FormattedString.link(oneLine(name), pageOf(name))
    : plain(oneLine(name));

const factLines = (
  { licence, task, baseModels, languages }: CardFacts,
  pageOf: (id: string) => string,
): readonly (string | FormattedString | undefined)[] => {
  const kind = [licence === undefined ? '' : `Licence ${oneLine(licence)}`, task === undefined ? '' : oneLine(task)];
  const bases = baseModels.slice(0, BASES_SHOWN).map((name) => repoLink(name, pageOf));
  return [
    kind.filter((part) => part !== '').join(' · '),
    bases.length === 0 ? undefined : FormattedString.join(['Made from ', FormattedString.join(bases, ', ')]),
    languages.length === 0 ? undefined : `Languages: ${listed(languages, LANGUAGES_SHOWN)}`,
  ];
};

export interface ShownPage extends LaidOut {
  /** What it is the README of. */
  readonly label: string;
  /** Counted from 0. */
  readonly page: number;
  /** The page of another repository. */
  readonly pageOf: (id: string) => string;
}

/** A page of a README: what it is, on the first one what its card says in brief, and the text. */
export const readmeText = ({ label, page, pages, facts, isWhole, pageOf }: ShownPage): FormattedString => {
  const body = pages[page];
  const pageText = pages.length > 1 ? ` · page ${page + 1} of ${pages.length}` : '';
  const isLast = page >= pages.length - 1;
  const head = lines(
    titleLine(shorten(label, LABEL_MOST), `README${pageText}`),
    ...(page === 0 ? factLines(facts, pageOf) : []),
  );
  return FormattedString.join([
    head,
    '\n\n',
    body ? new FormattedString(body.text, [...body.entities]) : text.nothingInIt,
    ...(isLast && !isWhole ? ['\n\nThat is not all of it: the rest is too long for a chat.'] : []),
  ]);
};

/** While the source is asked. */
export const askingText = (label: string): FormattedString =>
  titleLine(shorten(label, LABEL_MOST), 'README · asking the Hub for it');

/** Until what lies here is laid out. */
export const readyingText = (label: string): FormattedString =>
  titleLine(shorten(label, LABEL_MOST), 'README · is being made ready to be read');

/** Why it cannot be shown. */
export const failedText = (label: string, reason: string): FormattedString =>
  lines(titleLine(shorten(label, LABEL_MOST), 'README'), reason);

export const help: Topic = {
  name: 'readme',
  lines: [
    'READMEs',
    '/readme #12 shows what a model says of itself, page by page: from its files if they are here, otherwise from the Hub.',
    '/readme openai/whisper-tiny shows that of any repository, before you add it; datasets are written datasets/owner/name.',
    'Licence, task, languages and what it was made from stand at the top, where its card tells them.',
  ],
  words: ['card', 'model card', 'read', 'description'],
};
