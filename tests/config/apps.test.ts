import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { describeConfig } from '../../src/config/description.ts';
import { messageOf } from '../../src/domain/errors.ts';

/** What is understood of a configuration file; the folder is the home folder, too. */
const load = (yaml: string, others: Readonly<Record<string, string>> = {}): { config: Config; folder: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-apps-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ 'hubgram.yaml': yaml, ...others })) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { config: loadConfig({ argv: [], env: { HOME: folder }, cwd: folder }), folder };
};

const refusal = (yaml: string, others?: Readonly<Record<string, string>>): string => {
  try {
    load(yaml, others);
  } catch (error) {
    return messageOf(error);
  }
  return '';
};

describe('apps in the configuration file', () => {
  it('are names with a kind and a folder, and there are none without it', () => {
    const { config, folder } = load(
      'apps:\n  lmstudio: {kind: lmstudio, path: ~/.lmstudio/models}\n  shelf: {kind: folder, path: /shelf}',
    );
    expect(config.apps).toEqual([
      { name: 'lmstudio', kind: 'lmstudio', folder: join(folder, '.lmstudio/models') },
      { name: 'shelf', kind: 'folder', folder: '/shelf' },
    ]);
    expect(describeConfig(config)).toContain(
      `App lmstudio: LM Studio, ${folder}/.lmstudio/models\nApp shelf: folder, /shelf`,
    );
    expect(load('log_level: info').config.apps).toEqual([]);
    expect(load('apps:').config.apps).toEqual([]);
  });

  it('are spoken to where they are Ollama', () => {
    const { config, folder } = load(
      'apps: {o: {kind: ollama, path: "http://gpu.lan:11434/", models: ~/.ollama/models}}',
    );
    const [app] = config.apps;
    expect(app).toEqual({
      name: 'o',
      kind: 'ollama',
      url: 'http://gpu.lan:11434',
      models: join(folder, '.ollama/models'),
    });
    expect(describeConfig(config)).toContain(
      `App o: Ollama, http://gpu.lan:11434, its models in ${folder}/.ollama/models`,
    );
  });

  it('have the folders that ComfyUI’s own file names, as ComfyUI reads it', () => {
    const paths = [
      'a111:',
      '  base_path: ../big',
      '  loras: |',
      '    lora',
      '    lycoris',
      '  vae: /elsewhere/vae',
      '  custom_nodes: nodes',
      'second:',
      '  loras: other',
      '  clip: text',
      'empty:',
    ].join('\n');
    const { config, folder } = load('apps: {comfyui: {kind: comfyui, path: ~/comfy/extra_model_paths.yaml}}', {
      'comfy/extra_model_paths.yaml': paths,
    });
    expect(config.apps).toEqual([
      {
        name: 'comfyui',
        kind: 'comfyui',
        folder: join(folder, 'comfy'),
        folders: { lora: join(folder, 'big/lora'), vae: '/elsewhere/vae', text_encoder: join(folder, 'comfy/text') },
      },
    ]);
  });

  it.each([
    ['apps: lmstudio', 'apps: expected names, each with a kind and a path'],
    ['apps: {lmstudio: /models}', 'apps.lmstudio: expected a kind and a path'],
    ['apps: {lmstudio: {kind: lmstudio}}', 'apps.lmstudio.path: expected a folder, such as'],
    ['apps: {x: {kind: winamp, path: /a}}', 'apps.x.kind: expected one of lmstudio, comfyui,'],
    ['apps: {x: {kind: folder, path: /a, colour: red}}', 'apps.x: '],
    ['apps: {"LM Studio": {kind: lmstudio, path: /a}}', 'apps.LM Studio: a name begins with a letter'],
    ['apps: {x: {kind: folder, path: /a}, X: {kind: folder, path: /b}}', 'apps.X: another one has the same name'],
    ['apps: {x: {kind: ollama, path: /models}}', 'apps.x.path: expected Ollama’s address, such as'],
    ['apps: {x: {kind: ollama, path: "http://user:pw@host"}}', 'apps.x.path: expected Ollama’s address, such as'],
    ['apps: {x: {kind: folder, path: /a, models: /b}}', 'apps.x.models: only Ollama has a folder besides its path'],
    ['apps: {x: {kind: folder, path: /a.yaml}}', 'apps.x.path: expected a folder; only ComfyUI'],
    ['apps: {x: {kind: comfyui, path: ~/gone.yaml}}', "gone.yaml can't be read (ENOENT)"],
    ['app: {}', 'app in hubgram.yaml is not known. Did you mean apps?'],
  ])('are refused with a sentence: %s', (yaml, sentence) => {
    expect(refusal(yaml)).toContain(sentence);
  });

  it.each(['- a', 'a: {b: c}', 'a: [', '', 'a: *b'])(
    'are refused if ComfyUI’s file names no folders: %j',
    (content) => {
      const said = refusal('apps: {x: {kind: comfyui, path: ~/paths.yaml}}', { 'paths.yaml': content });
      expect(said).toContain('paths.yaml names no folders as ComfyUI’s extra_model_paths.yaml does.');
    },
  );
});
