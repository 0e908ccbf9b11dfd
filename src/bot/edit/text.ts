import { isolated } from '../../lib/text/isolated.ts';
import type { Model } from '../../domain/model.ts';
import type { CategoryView } from '../../library/categories.ts';
import type { BulkEdited, Edited } from '../../library/edit.ts';
import type { ModelEdit } from '../../library/read-edit.ts';
import type { Topic } from '../feature.ts';
import { modelLabel } from '../ui/label.ts';
import { count, foreign, shorten } from '../ui/text.ts';
import { retriesText } from '../ui/totals.ts';

/** What is typed, since no button can say it. */
export type Question = 'title' | 'description' | 'tags' | FileQuestion;

/** Those whose answer is looked up. */
export type FileQuestion = 'revision' | 'quantize' | 'include';

/** Whether the answer to a question is looked up. */
export const isAboutFiles = (question: Question): question is FileQuestion =>
  question === 'revision' || question === 'quantize' || question === 'include';

/** Of what somebody wrote, in an answer to it. */
const QUOTE_LIMIT = 160;
const TAGS_LIMIT = 400;

const tagWords = (tags: readonly string[]): string =>
  tags.length === 0 ? 'none' : shorten(tags.map(isolated).join(', '), TAGS_LIMIT);

const quoted = (text: string): string => `“${foreign(text.replace(/\s+/gu, ' '), QUOTE_LIMIT)}”`;

/** How often it is looked whether its branch has moved. */
const checkText = (frequency: Model['checkFrequency']): string =>
  frequency === null ? 'newer revisions as the chat says' : `newer revisions: ${frequency}`;

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What an edit has changed, as it is now. */
const changesOf = (model: Model, tags: readonly string[], edit: ModelEdit): string[] => {
  const { title, description, priority, category, maxRetries, checkFrequency } = model;
  const said: readonly (readonly [unknown, string])[] = [
    [edit.title, title === null ? 'no title' : `title ${quoted(title)}`],
    [edit.description, description === null ? 'no description' : `description ${quoted(description)}`],
    [edit.priority, `priority ${priority}`],
    [edit.category, category === null ? 'no category' : `category ${category}`],
    [edit.tags, tags.length === 0 ? 'no tags' : `tags ${tagWords(tags)}`],
    [edit.pinned, model.pinned ? 'pinned' : 'not pinned'],
    [edit.enabled, model.enabled ? 'switched on' : 'switched off'],
    [edit.maxRetries, maxRetries === null ? 'retries as for all' : retriesText(maxRetries)],
    [edit.checkFrequency, checkText(checkFrequency)],
  ];
  return said.flatMap(([given, words]) => (given === undefined ? [] : [words]));
};

/** What the edit feature says. */
export const text = {
  stray: (name: string, word: string): string =>
    `“${shorten(word, 40)}” means nothing behind “${shorten(name, 40)}”. What shall change is written key=value: priority=high, tags=demo, title="My model"; the name alone opens a menu.`,
  empty: 'This library is empty. /add gpt2 would be a start.',
  notYours: 'That belongs to another chat, or is gone.',
  notAllowed: 'Only the person who asked for it, an admin of this group or the bot’s owner may change it.',
  /** The menu: what can be changed, and how it is now. */
  menu: (model: Model, tags: readonly string[], category: CategoryView | undefined): readonly string[] => [
    `What shall change about ${modelLabel(model)}?`,
    `Title: ${model.title === null ? 'none' : quoted(model.title)}`,
    `Description: ${model.description === null ? 'none' : quoted(model.description)}`,
    `Priority: ${model.priority} · category: ${category === undefined ? 'none' : `${category.name} ${category.icon ?? ''}`.trim()}`,
    `Tags: ${tagWords(tags)}`,
    `${model.pinned ? 'Pinned' : 'Not pinned'} · switched ${model.enabled ? 'on' : 'off'} · retries ${model.maxRetries ?? 'as for all'}`,
    capitalized(checkText(model.checkFrequency)),
  ],
  whichPriority: (model: Model): string => `Which priority shall ${modelLabel(model)} have?`,
  whichCategory: (model: Model): string => `Which category shall ${modelLabel(model)} be in? /categories makes others.`,
  whichTags: (model: Model, tags: readonly string[]): string =>
    `Which tags shall ${modelLabel(model)} have? It has ${tagWords(tags)}.`,
  howManyRetries: (model: Model): string =>
    `How often shall ${modelLabel(model)} be tried again by itself, when the network or the Hub fails?`,
  howOftenLooked: (model: Model): string =>
    `How often shall be looked whether a newer revision of ${modelLabel(model)} is on the Hub?`,
  done: (model: Model): string => `${modelLabel(model)} is as you wanted it.`,
  asking: (question: Question, model: Model): string => {
    if (question === 'title')
      return `What shall ${modelLabel(model)} be called? Up to 120 characters; “none” for no title.`;
    if (question === 'tags')
      return `Which tags shall ${modelLabel(model)} have? Write them with commas; +tag adds one, -tag takes one away, “none” takes all.`;
    if (question === 'revision')
      return `Which revision shall ${modelLabel(model)} be? A branch, a tag or a commit; it is ${model.revision} now.`;
    if (question === 'quantize')
      return `Which quantization shall ${modelLabel(model)} have? A label such as Q8_0, or auto, q4, fp16, no, all.`;
    if (question === 'include')
      return `Which files shall ${modelLabel(model)} have? Write patterns with commas, such as *.json; “none” for those that a loader needs.`;
    return `What is ${modelLabel(model)} for? Up to 4000 characters; “none” for no description.`;
  },
  whichFiles: 'Which files shall it have instead? Looking up what there is.',
  looksUp: (model: Model): string => `${modelLabel(model)} is looked up anew.`,
  filesOfOne: 'A revision, a quantization, patterns and a machine are given to one model at a time.',
  whatForAll: 'What shall change about them? Write it behind: /edit #nlp priority=low.',
  verifying: 'All of it lies on the disk: it is being verified, and is completed if it is right.',
  edited: ({ model, tags, status }: Edited, edit: ModelEdit): string => {
    const changes = changesOf(model, tags, edit);
    const said = changes.length > 0 ? [`${modelLabel(model)} · ${changes.join(' · ')}`] : [];
    if (status === 'verifying') return [...said, text.verifying].join('\n');
    if (status === 'moved') return [...said, `${modelLabel(model)} is ${model.status} now.`].join('\n');
    return said.length > 0 ? said.join('\n') : `${modelLabel(model)} is ${model.status} already.`;
  },
  editedAll: ({ changed, same, others, refused }: BulkEdited): string =>
    [
      changed === 0 && same === 0 && others === 0 && !refused ? 'No model of this library is like that.' : '',
      changed === 0 ? 'Nothing was changed.' : `${count(changed, 'model')} changed.`,
      same > 0 ? `${count(same, 'model')} ${same === 1 ? 'was' : 'were'} so already.` : '',
      others > 0 ? `${count(others, 'model')} of others ${others === 1 ? 'stays as it is' : 'stay as they are'}.` : '',
      refused ? `${count(refused.models, 'model')} could not be changed: ${refused.sentence}` : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
} as const;

export const help: Topic = {
  name: 'edit',
  lines: [
    'Changing a model',
    '/edit #12 opens a menu. The same in one line:',
    '/edit #12 title="Demo" description="…" priority=high tags=nlp,demo category=text pinned=yes enabled=no retries=3',
    '',
    'tags=+new,-old adds and takes away; “none” takes back a title, a description, a category, tags or retries.',
    'enabled=no keeps it in the library and downloads nothing of it; pinned=yes keeps its files from every clean-up.',
    'check=weekly says how often newer revisions are looked for: daily, weekly, monthly or off; “none” leaves that to the chat.',
    'status=paused, pending or downloading do what /pause, /resume and /download do. status=completed verifies what lies on the disk, and completes it if all of it is right.',
    'revision=v2, quantize=Q8_0, include=*.json or exclude=*.bin have it looked up anew: only what is missing is fetched, and what it had stays until the new is verified; then you are asked whether to drop or to keep it. “Other files” under a card shows what there is.',
    'on=nas has it lie on another machine, as /move does: what it had stays until it is whole there.',
    'Many at once: /edit #nlp priority=low, /edit category:image pinned=yes, /edit status:failed retries=9, /edit all enabled=yes.',
  ],
  words: ['check', 'revision', 'quantize', 'title', 'tags', 'pinned', 'enabled', 'retries', 'description'],
};
