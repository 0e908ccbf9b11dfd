import { isGguf } from '../files/gguf.ts';
import type { About, Loads } from '../files/loads.ts';
import type { App } from './app.ts';

const PICTURES = /image|video|3d|inpaint/;

/**
 * Whether an app may take a model, as far as that can be told without its list of files, which may be long: for a button.
 * What it takes, `layoutFor` says.
 */
export const maySuit = ({ kind }: App, loads: Loads, { pipelineTag }: About): boolean => {
  if (loads.kind === 'nothing' || loads.kind === 'parts') return false;
  const isGgufFile = loads.kind === 'llama.cpp' || (loads.kind === 'weights' && isGguf(loads.entry ?? ''));
  switch (kind) {
    case 'folder':
      return true;
    case 'lmstudio':
      return isGgufFile || (loads.kind === 'library' && loads.library === 'mlx');
    case 'textgen':
      return isGgufFile || loads.kind === 'transformers';
    case 'comfyui':
    case 'automatic1111': {
      const isOfItsKind = ['weights', 'diffusers', 'peft'].includes(loads.kind);
      return isOfItsKind && (pipelineTag === null || PICTURES.test(pipelineTag));
    }
  }
};
