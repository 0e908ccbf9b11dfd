import { isGguf } from '../files/gguf.ts';
import type { About } from '../files/loads/about.ts';
import type { Loads } from '../files/loads/loads.ts';
import type { App, AppKind } from './app.ts';

const PICTURES = /image|video|3d|inpaint/;

const isGgufFile = (loads: Loads): boolean =>
  loads.kind === 'llama.cpp' || (loads.kind === 'weights' && isGguf(loads.entry ?? ''));

const isPicture = (loads: Loads, { pipelineTag }: About): boolean =>
  ['weights', 'diffusers', 'peft'].includes(loads.kind) && (pipelineTag === null || PICTURES.test(pipelineTag));

const SUITS: Readonly<Record<AppKind, (loads: Loads, about: About) => boolean>> = {
  folder: () => true,
  ollama: isGgufFile,
  lmstudio: (loads) => isGgufFile(loads) || (loads.kind === 'library' && loads.library === 'mlx'),
  textgen: (loads) => isGgufFile(loads) || loads.kind === 'transformers',
  comfyui: isPicture,
  automatic1111: isPicture,
};

/**
 * Whether an app may take a model, as far as that can be told without its list of files, which may be long: for a button.
 * What it takes, `layoutFor` says.
 */
export const maySuit = ({ kind }: App, loads: Loads, about: About): boolean =>
  loads.kind !== 'nothing' && loads.kind !== 'parts' && SUITS[kind](loads, about);
