import { AppError } from './errors.ts';
import { LIBRARY_MARKS, LIBRARY_SORTS } from './library-filter.ts';
import { STATUS_WORDS } from './states/model.ts';

/** The categories a library starts with; people can make their own. */
export const CATEGORIES = ['text', 'image', 'audio', 'video', 'vision', 'embeddings', 'multimodal', 'custom'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Pipeline tags of the Hub (https://huggingface.co/tasks) by the first pattern that fits; the order decides. */
const BY_TASK: readonly (readonly [RegExp, Category])[] = [
  [/^(feature-extraction|sentence-similarity|text-ranking|image-feature-extraction)$/, 'embeddings'],
  [
    /^(image-text-to-text|any-to-any|visual-question-answering|document-question-answering|visual-document-retrieval)$/,
    'multimodal',
  ],
  [/^(audio-text-to-text|video-text-to-text|image-text-to-(image|video))$/, 'multimodal'],
  [/(^|-)(speech|audio|voice)(-|$)/, 'audio'],
  [/to-video$|^video-/, 'video'],
  [/to-image$|^unconditional-image-generation$|to-3d$/, 'image'],
  [/^(image|object|depth|mask|keypoint|zero-shot-image|zero-shot-object)-/, 'vision'],
  [/^(text|token|fill|question|table-question|zero-shot|translation|summarization)/, 'text'],
];

/** The category of a model by its pipeline tag; `custom` where the Hub names no task that we know. */
export const categoryOf = (pipelineTag: string | undefined): Category =>
  BY_TASK.find(([pattern]) => pattern.test(pipelineTag ?? ''))?.[1] ?? 'custom';

/** A category as a chat sees it. */
export interface ChatCategory {
  readonly id: number;
  readonly name: string;
  readonly icon: string | null;
  readonly description: string | null;
  readonly displayOrder: number;
  /** This chat has made it. */
  readonly own: boolean;
}

/** Of a name and of a description. */
const NAME_MOST = 32;
const DESCRIPTION_MOST = 200;

/** The words behind /library that mean something else. */
const TAKEN: readonly string[] = ['all', ...STATUS_WORDS, ...LIBRARY_SORTS, ...LIBRARY_MARKS];

/** A name of a category as it is kept. @throws AppError validation with what would be right */
export const readCategoryName = (text: string): string => {
  const name = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  if (name === '' || Array.from(name).length > NAME_MOST)
    throw new AppError('validation', `A category’s name has 1 to ${NAME_MOST} characters.`);
  if (/[#=,:]/u.test(name)) throw new AppError('validation', 'A category’s name has none of # = , : in it.');
  // Where a category may be chosen, that is the one by a model's task.
  if (name.toLowerCase() === 'auto')
    throw new AppError('validation', `“${name}” means something else in /settings. Choose another name.`);
  if (TAKEN.includes(name.toLowerCase()))
    throw new AppError('validation', `“${name}” means something else behind /library. Choose another name.`);
  return name;
};

/** @throws AppError validation: it is too long */
export const readCategoryDescription = (text: string): string => {
  const description = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  if (description !== '' && Array.from(description).length <= DESCRIPTION_MOST) return description;
  throw new AppError('validation', `A category’s description has 1 to ${DESCRIPTION_MOST} characters.`);
};

const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3/u;
const ICON_MOST = 16;

/** One emoji, as people see it. @throws AppError validation: it is something else, or several */
export const readIcon = (text: string): string => {
  const icon = text.trim();
  const signs = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(icon)];
  if (signs.length === 1 && PICTURE.test(icon) && icon.length <= ICON_MOST) return icon;
  throw new AppError('validation', 'An icon is one emoji, such as 🎨.');
};
