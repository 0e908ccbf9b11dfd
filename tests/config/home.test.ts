import os, { homedir } from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';

beforeEach(() => {
  // What Node throws for a user id without an account, where HOME is not set.
  vi.spyOn(os, 'homedir').mockImplementation(() => {
    throw new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)');
  });
  syncBuiltinESMExports();
});

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const load = (env: Record<string, string>) =>
  loadConfig({
    argv: [],
    env,
    cwd: '/',
    readFile: () => {
      throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    },
  });

describe('a user without an account, and without HOME', () => {
  test('has no home folder', () => {
    expect(() => homedir()).toThrow('uv_os_homedir');
  });

  test('needs none where the paths say all', () => {
    const { cacheDir, dataDir } = load({ HF_HOME: '/srv/hf', HUBGRAM_DATA_DIR: '/srv/hubgram' });
    expect({ cacheDir, dataDir }).toEqual({ cacheDir: '/srv/hf/hub', dataDir: '/srv/hubgram' });
  });

  test.each([{}, { HF_HOME: '~/hf' }])('is told what to set for %j', (env) => {
    expect(() => load(env)).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringContaining('Set HOME, or else HF_HOME to the folder of your models.') as unknown,
      }),
    );
  });
});
