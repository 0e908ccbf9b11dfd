import type { App, FileKind } from '../../domain/apps/app.ts';
import { appLabel } from '../../domain/apps/app.ts';
import type { Model } from '../../domain/model.ts';
import type { RepoFile } from '../../domain/listing.ts';
import type { AppView } from '../../library/apps/app-view.ts';
import type { LinkAnswer } from '../../library/apps/link.ts';
import type { Topic } from '../feature.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { modelLabel } from '../ui/label.ts';
import { shorten } from '../ui/text.ts';

const NAME_LIMIT = 200;
const FILE_LIMIT = 100;

/** What buttons call a kind of file. */
export const KIND_WORDS: Readonly<Record<FileKind, string>> = {
  checkpoint: 'Checkpoint',
  diffusion_model: 'Diffusion model',
  lora: 'LoRA',
  vae: 'VAE',
  text_encoder: 'Text encoder',
  clip_vision: 'CLIP vision',
  controlnet: 'ControlNet',
  embedding: 'Embedding',
  upscaler: 'Upscaler',
  style_model: 'Style model',
  audio_encoder: 'Audio encoder',
  model_patch: 'Model patch',
};

const namesOf = (views: readonly AppView[]): string => views.map(({ label }) => label).join(' and ');

/** What the apps feature says. */
export const text = {
  noApps:
    'No other program is known that models could be linked to. The owner names them in hubgram.yaml, for example:\napps:\n  lmstudio: { kind: lmstudio, path: ~/.lmstudio/models }',
  nothingFinished: 'Nothing in this library is finished yet.',
  nothingLinked: 'Nothing in this library is linked to another program.',
  notYours: 'That belongs to another chat, or is gone.',
  appGone: 'I do not know that program any more. /unlink and a name take all links of a model away.',
  linkedTo: (model: Model, apps: readonly App[]): string =>
    `${modelLabel(model)} is linked to ${apps.map(appLabel).join(' and ')}.`,
  whichApp: (model: Model): string => `Link ${modelLabel(model)} to which app?`,
  whatIsIt: (file: RepoFile, app: App): string =>
    `What is “${shorten(file.path, FILE_LIMIT)}”? Its repository does not say, and ${appLabel(app)} has a folder for each kind.`,
  waiting: (model: Model, app: App): string =>
    `${modelLabel(model)}: ${appLabel(app)} has not answered yet. This message says what comes of it.`,
  failed: (model: Model, app: App, sentence: string): string =>
    `${modelLabel(model)} is not linked to ${appLabel(app)}. ${sentence}`,
  askCopy: (model: Model, app: App, bytes: number): string =>
    `${appLabel(app)} keeps models in a store of its own: ${formatBytes(bytes)} of ${modelLabel(model)} would lie there a second time. Where hubgram knows that folder (models: beside its path in hubgram.yaml), it links instead.`,
  none: (model: Model, reasons: readonly string[]): string =>
    `${modelLabel(model)} is not linked. ${reasons.join(' ')}`,
  noneTakes: (model: Model): string => `None of the configured apps takes ${modelLabel(model)}.`,
  linked: (model: Model, { view, isHere }: Extract<LinkAnswer, { readonly kind: 'wanted' }>): string => {
    const label = modelLabel(model);
    if (!isHere) return `${label} will be linked to ${view.label} when it is here.`;
    if (view.state === 'linked')
      return `${label} is linked to ${view.label}: ${shorten(view.shownAs ?? '', NAME_LIMIT)}`;
    if (view.state === 'waiting') return `${label} is being linked to ${view.label}. Its card says when that is done.`;
    return `${label} is not linked to ${view.label}. ${view.message ?? ''}`.trim();
  },
  unlinked: (model: Model, views: readonly AppView[], app: App | undefined): string =>
    views.length > 0
      ? `${modelLabel(model)} is no longer linked to ${namesOf(views)}.`
      : `${modelLabel(model)} is ${app ? `not linked to ${appLabel(app)}` : 'linked nowhere'}.`,
} as const;

export const help: Topic = {
  name: 'apps',
  lines: [
    'Other programs',
    'One copy is enough: LM Studio, ComfyUI, AUTOMATIC1111, text-generation-webui, Ollama and folders of your own can see what lies here, if the owner has named them.',
    '/link shows a model to them, by links in the folders where they look; behind it stand its name and, where there are several, the app. The button under a finished card does the same.',
    'The links follow an update, and go with the model. What lies in those folders and is not hubgram’s is never touched.',
    '/unlink takes them away again. In /settings, “always link” has everything that comes linked by itself.',
  ],
  words: ['lmstudio', 'comfyui', 'automatic1111', 'textgen', 'ollama', 'links'],
};
