import { describe, expect, it } from 'vitest';
import { type App, appCalled, type FileKind, type FolderApp, isAppName } from '../../src/domain/apps/app.ts';
import { layoutFor } from '../../src/domain/apps/layout.ts';
import type { ModelMetadata } from '../../src/domain/model-metadata.ts';

const app = (kind: FolderApp['kind'], changes: Partial<FolderApp> = {}): FolderApp => ({
  name: kind,
  kind,
  folder: '/app',
  ...changes,
});

interface Repo extends ModelMetadata {
  readonly name?: string;
  readonly canonicalName?: string;
  readonly revision?: string;
  readonly repoType?: 'model' | 'dataset';
}

/** What lies where: a name below the app's folder, for each file. */
const laid = (given: App, paths: readonly string[], repo: Repo = {}, said?: FileKind): unknown => {
  const { name = 'org/name', canonicalName = null, revision = 'main', repoType = 'model', ...metadata } = repo;
  const files = paths.map((path, at) => ({ path, size: 1000 + at, etag: String(at).padStart(64, '0') }));
  const layout = layoutFor(given, { name, canonicalName, revision, repoType, metadata }, files, said);
  if (layout.kind === 'ask') return `${layout.file.path}? ${layout.choices.slice(0, 2).join(', ')}`;
  if (layout.kind === 'none') return layout.reason;
  return Object.fromEntries(layout.links.map(({ file, folder, path }) => [file.path, `${folder}/${path}`]));
};

describe('LM Studio', () => {
  const lmstudio = app('lmstudio');

  it('has a folder for the publisher and one for the model, whatever folders the repository has', () => {
    expect(laid(lmstudio, ['Q8_0/name-Q8_0-00001-of-00002.gguf', 'Q8_0/name-Q8_0-00002-of-00002.gguf'])).toEqual({
      'Q8_0/name-Q8_0-00001-of-00002.gguf': '/app/org/name/name-Q8_0-00001-of-00002.gguf',
      'Q8_0/name-Q8_0-00002-of-00002.gguf': '/app/org/name/name-Q8_0-00002-of-00002.gguf',
    });
  });

  it('gets the projector, and not what the quantization was computed with', () => {
    expect(
      Object.keys(laid(lmstudio, ['a-Q4_0.gguf', 'mmproj-a.gguf', 'a.imatrix.gguf', 'README.md']) as object),
    ).toEqual(['a-Q4_0.gguf', 'mmproj-a.gguf']);
  });

  it('keeps the folders of two files of one name as part of their names', () => {
    expect(laid(lmstudio, ['a/m.gguf', 'b/m.gguf', 'c.gguf'])).toEqual({
      'a/m.gguf': '/app/org/name/a--m.gguf',
      'b/m.gguf': '/app/org/name/b--m.gguf',
      'c.gguf': '/app/org/name/c.gguf',
    });
  });

  it('has a publisher for a repository without one, and the name that the Hub has now', () => {
    expect(laid(lmstudio, ['m.gguf'], { name: 'gpt2' })).toEqual({ 'm.gguf': '/app/huggingface/gpt2/m.gguf' });
    const renamed = { name: 'gpt2', canonicalName: 'openai-community/gpt2' };
    expect(laid(lmstudio, ['m.gguf'], renamed)).toEqual({ 'm.gguf': '/app/openai-community/gpt2/m.gguf' });
  });

  it('takes a model of MLX as it is, and nothing else', () => {
    const files = ['config.json', 'model.safetensors'];
    expect(laid(lmstudio, files, { tags: ['mlx'] })).toEqual({
      'config.json': '/app/org/name/config.json',
      'model.safetensors': '/app/org/name/model.safetensors',
    });
    expect(laid(lmstudio, files)).toMatch(/^LM Studio loads GGUF files/);
    expect(laid(lmstudio, ['mmproj-a.gguf'])).toMatch(/^LM Studio loads GGUF files/);
  });
});

describe('text-generation-webui', () => {
  const textgen = app('textgen');

  it('has a GGUF file beside the others, without its projector', () => {
    expect(laid(textgen, ['a-Q4_0.gguf', 'mmproj-a.gguf'])).toEqual({ 'a-Q4_0.gguf': '/app/a-Q4_0.gguf' });
  });

  it('has a folder for a model of transformers, for shards, and for each branch', () => {
    const files = ['config.json', 'model.safetensors'];
    expect(laid(textgen, files)).toMatchObject({ 'config.json': '/app/org_name/config.json' });
    expect(laid(textgen, files, { revision: '4.0bpw' })).toMatchObject({
      'config.json': '/app/org_name_4.0bpw/config.json',
    });
    expect(laid(textgen, ['q/a-00001-of-00002.gguf', 'q/a-00002-of-00002.gguf'])).toMatchObject({
      'q/a-00001-of-00002.gguf': '/app/org_name/a-00001-of-00002.gguf',
    });
    expect(laid(textgen, ['output.safetensors', 'config.json'], { tags: ['exl2'] })).toMatchObject({
      'output.safetensors': '/app/org_name/output.safetensors',
    });
    expect(laid(textgen, ['vae.safetensors'])).toMatch(/^text-generation-webui loads/);
  });
});

describe('ComfyUI', () => {
  const comfyui = app('comfyui');

  it.each([
    ['a tag', { tags: ['lora'] }, 'a.safetensors', 'loras/a.safetensors'],
    [
      'the adapter that it says it is',
      { tags: ['base_model:adapter:org/base'] },
      'a.safetensors',
      'loras/a.safetensors',
    ],
    ['a controlnet’s tag', { tags: ['ControlNet'] }, 'a.safetensors', 'controlnet/a.safetensors'],
    ['textual inversion', { tags: ['textual_inversion'] }, 'learned_embeds.bin', 'embeddings/name.bin'],
    ['an upscaler’s tag', { tags: ['esrgan'] }, '4x-a.pth', 'upscale_models/4x-a.pth'],
    ['a GGUF of a model that draws', { pipelineTag: 'text-to-image' }, 'a-Q4_0.gguf', 'diffusion_models/a-Q4_0.gguf'],
    ['its folder', {}, 'split_files/vae/ae.safetensors', 'vae/ae.safetensors'],
    ['its folder', {}, 'split_files/text_encoders/t5.safetensors', 'text_encoders/t5.safetensors'],
    ['its pipeline', { tags: ['diffusers:StableDiffusionXLPipeline'] }, 'sd.safetensors', 'checkpoints/sd.safetensors'],
  ])('knows a file by what the repository says: %s', (_, says, path, place) => {
    expect(laid(comfyui, [path], says)).toEqual({ [path]: `/app/${place}` });
  });

  it('asks where the repository does not say, the likeliest first, and not for what it does say', () => {
    expect(laid(comfyui, ['my-vae.safetensors'])).toBe('my-vae.safetensors? vae, checkpoint');
    expect(laid(comfyui, ['flux1-dev.safetensors'])).toBe('flux1-dev.safetensors? diffusion_model, checkpoint');
    // A VAE beside the checkpoint of a pipeline is none.
    const pipeline = { tags: ['stable-diffusion'] };
    expect(laid(comfyui, ['sd.safetensors', 'sd-vae.safetensors'], pipeline)).toBe(
      'sd-vae.safetensors? vae, checkpoint',
    );
    expect(laid(comfyui, ['a.safetensors', 'loras/b.safetensors'], {}, 'checkpoint')).toEqual({
      'a.safetensors': '/app/checkpoints/a.safetensors',
      'loras/b.safetensors': '/app/loras/b.safetensors',
    });
  });

  it('gives files the model’s name that every model has', () => {
    const paths = ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.fp16.safetensors'];
    expect(laid(comfyui, paths, { tags: ['controlnet'] })).toEqual({
      'diffusion_pytorch_model.safetensors': '/app/controlnet/name.safetensors',
      'diffusion_pytorch_model.fp16.safetensors': '/app/controlnet/name.fp16.safetensors',
    });
  });

  it('takes the single file beside a pipeline, not the pipeline’s parts', () => {
    const files = ['model_index.json', 'sd.safetensors', 'vae/diffusion_pytorch_model.safetensors'];
    expect(laid(comfyui, files, { tags: ['stable-diffusion'] })).toEqual({
      'sd.safetensors': '/app/checkpoints/sd.safetensors',
    });
    expect(laid(comfyui, files.toSpliced(1, 1))).toMatch(/^ComfyUI loads models that are one file/);
  });

  it('has its folders where its own file says', () => {
    const elsewhere = app('comfyui', { folders: { lora: '/big/loras' } });
    expect(laid(elsewhere, ['a.safetensors'], { tags: ['lora'] })).toEqual({
      'a.safetensors': '/big/loras/a.safetensors',
    });
    expect(laid(elsewhere, ['a.safetensors'], { tags: ['vae'] })).toMatch(/no folder for it there: it is a vae/);
  });
});

describe('AUTOMATIC1111', () => {
  it('has its own folders, and asks for those that it has only', () => {
    const a1111 = app('automatic1111');
    expect(laid(a1111, ['a.safetensors'], { tags: ['lora'] })).toEqual({
      'a.safetensors': '/app/models/Lora/a.safetensors',
    });
    expect(laid(a1111, ['embeddings/e.pt'])).toEqual({ 'embeddings/e.pt': '/app/embeddings/e.pt' });
    expect(laid(a1111, ['clip_l.safetensors'])).toBe('clip_l.safetensors? checkpoint, lora');
  });
});

describe('a plain folder', () => {
  const folder = app('folder', { folder: '/shelf' });

  it('has all files as the repository has them, of datasets and branches too', () => {
    expect(laid(folder, ['a/b.txt'])).toEqual({ 'a/b.txt': '/shelf/org--name/a/b.txt' });
    expect(laid(folder, ['b.txt'], { repoType: 'dataset', revision: 'refs/pr/1' })).toEqual({
      'b.txt': '/shelf/datasets--org--name@refs-pr-1/b.txt',
    });
  });

  it('is not filled with more files than a person would want linked', () => {
    const many = Array.from({ length: 5001 }, (_, at) => `${at}.txt`);
    expect(laid(folder, many)).toMatch(/^It has 5001 files, and at most 5000 are linked/);
  });
});

describe('the name of an app', () => {
  it('has room in a button, and needs no quotes', () => {
    expect(['lmstudio', 'my-app_2'].every(isAppName)).toBe(true);
    expect(['', '2nd', 'LM Studio', 'a:b', 'a'.repeat(21), '../a'].some(isAppName)).toBe(false);
  });

  it('is known by what people call it', () => {
    const apps = [app('lmstudio'), app('comfyui', { name: 'box' })];
    expect(['LM Studio', 'lm-studio', 'LMSTUDIO', 'Box'].map((word) => appCalled(apps, word)?.name)).toEqual([
      'lmstudio',
      'lmstudio',
      'lmstudio',
      'box',
    ]);
    expect(appCalled(apps, 'comfyui')).toBeUndefined();
  });
});

describe('Ollama', () => {
  const named = (paths: readonly string[], name = 'org/name'): unknown => {
    const files = paths.map((path, at) => ({ path, size: 1000, etag: String(at).padStart(64, '0') }));
    const ollama = { name: 'ollama', kind: 'ollama', url: 'http://127.0.0.1:11434' } as const;
    const model = { name, canonicalName: null, revision: 'main', repoType: 'model', metadata: null } as const;
    const layout = layoutFor(ollama, model, files);
    if (layout.kind !== 'links') return layout.kind === 'none' ? layout.reason : layout.kind;
    return Object.fromEntries(
      layout.links.map(({ path, ollama: made }) => [path, made?.files.map((file) => file.path)]),
    );
  };

  it('has a model for each quant, of all its shards and its projector', () => {
    expect(named(['a-Q4_0.gguf', 'a-Q8_0-00001-of-00002.gguf', 'a-Q8_0-00002-of-00002.gguf', 'mmproj-a.gguf'])).toEqual(
      {
        'org/name:Q4_0': ['a-Q4_0.gguf', 'mmproj-a.gguf'],
        'org/name:Q8_0': ['a-Q8_0-00001-of-00002.gguf', 'a-Q8_0-00002-of-00002.gguf', 'mmproj-a.gguf'],
      },
    );
    expect(named(['model.safetensors', 'a-Q8_0-00001-of-00002.gguf'])).toMatch(/^Ollama loads GGUF files/);
  });

  it('has names that Ollama takes', () => {
    expect(named(['sub/odd name-Q4_0.gguf', 'sub/other-Q4_0.gguf'], 'my.org/na.me')).toEqual({
      'my-org/na.me:sub-odd-name-Q4_0': ['sub/odd name-Q4_0.gguf'],
      'my-org/na.me:sub-other-Q4_0': ['sub/other-Q4_0.gguf'],
    });
  });
});
