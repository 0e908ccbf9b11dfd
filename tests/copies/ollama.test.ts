import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lookAtLinks, makeLinks, removeLinks } from '../../src/copies/apps/links.ts';
import { missingInOllama } from '../../src/copies/apps/ollama.ts';
import { createSilentServers } from '../../src/copies/apps/silent-servers.ts';
import type { LinkMade } from '../../src/copies/apps/wanted.ts';
import { createTestClock } from '../helpers/clock.ts';
import { refusing } from '../helpers/disks.ts';
import { startOllama } from '../helpers/ollama.ts';

const FOLDER = 'models--org--name';
const COMMIT = 'a'.repeat(40);
const NAME = 'org/name:Q4_K_M';
const never = new AbortController().signal;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A cache with a model and its projector, and an Ollama with a store of its own. */
const setUp = async () => {
  const root = mkdtempSync(join(tmpdir(), 'hubgram-ollama-'));
  const models = join(root, 'ollama');
  const ollama = await startOllama(models);
  onTestFinished(async () => {
    await ollama.close();
    rmSync(root, { recursive: true, force: true });
  });
  const cacheDir = join(root, 'hub');
  const at = join(cacheDir, FOLDER);
  mkdirSync(join(at, 'blobs'), { recursive: true });
  mkdirSync(join(at, 'snapshots', COMMIT), { recursive: true });
  const fileOf = (path: string, content: string) => {
    const etag = sha256(content);
    writeFileSync(join(at, 'blobs', etag), content);
    if (!existsSync(join(at, 'snapshots', COMMIT, path)))
      symlinkSync(join(at, 'blobs', etag), join(at, 'snapshots', COMMIT, path));
    return { path, size: content.length, etag };
  };
  const files = [fileOf('name-Q4_K_M.gguf', 'weights'), fileOf('mmproj.gguf', 'projector')];
  const [file] = files;
  if (!file) throw new Error('no file');
  const wanted = (more: object = {}, changes: object = {}) => ({
    repoFolder: FOLDER,
    commit: COMMIT,
    links: [
      {
        folder: ollama.url,
        path: NAME,
        file,
        replaces: null,
        isRetried: false,
        ollama: { files, mayCopy: false, ...more },
        ...changes,
      },
    ],
  });
  const noted = (proof: string | null) => ({
    repoFolder: FOLDER,
    links: [{ folder: ollama.url, path: NAME, kept: '', etag: file.etag, proof }],
  });
  return { ollama, models, cacheDir, files, file, fileOf, wanted, noted };
};

const proofOf = ([one]: readonly LinkMade[]): string => {
  if (one?.state !== 'made') throw new Error(`not made: ${JSON.stringify(one)}`);
  return one.proof;
};
const refusalOf = ([one]: readonly LinkMade[]): string => (one?.state === 'refused' ? one.message : 'made');
const writes = (asked: readonly string[]): string[] => asked.filter((one) => !/^(HEAD|GET) |\/api\/show/.test(one));

describe('a model in Ollama', () => {
  it('is made of links into its store, where hubgram knows that folder: nothing is sent', async () => {
    const { ollama, models, cacheDir, files, wanted } = await setUp();
    expect(await makeLinks(cacheDir, wanted({ models }), never)).toMatchObject([{ state: 'made', way: null }]);
    expect(ollama.models.get(NAME)).toEqual({
      'name-Q4_K_M.gguf': `sha256:${files[0]?.etag}`,
      'mmproj.gguf': `sha256:${files[1]?.etag}`,
    });
    expect(lstatSync(ollama.blob(files[0]?.etag ?? '')).nlink).toBe(2);
    expect(writes(ollama.asked)).toEqual(['POST /api/create']);
  });

  it('is made of symbolic links where the store is on another disk', async () => {
    const { ollama, models, cacheDir, file, wanted } = await setUp();
    proofOf(await makeLinks(cacheDir, wanted({ models }), never, { ...fs, link: refusing('EXDEV') }));
    expect(lstatSync(ollama.blob(file.etag)).isSymbolicLink()).toBe(true);
  });

  it('is not copied unasked', async () => {
    const { ollama, cacheDir, files, wanted } = await setUp();
    expect(await missingInOllama(ollama.url, files, never)).toEqual(files);
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never))).toMatch(
      /^Ollama would keep a copy of its own of 16 B/,
    );
    expect(writes(ollama.asked)).toEqual([]);
  });

  it('is sent once somebody has said yes, and what Ollama has is not sent again', async () => {
    const { ollama, cacheDir, files, file, wanted } = await setUp();
    writeFileSync(ollama.blob(file.etag), 'weights');
    proofOf(await makeLinks(cacheDir, wanted({ mayCopy: true }), never));
    expect(writes(ollama.asked)).toEqual([`POST /api/blobs/sha256:${files[1]?.etag}`, 'POST /api/create']);
    expect(await missingInOllama(ollama.url, files, never)).toEqual([]);
  });

  it('is refused with what Ollama says, while it streams what it does', async () => {
    const { ollama, models, cacheDir, wanted } = await setUp();
    ollama.refuses = 'unsupported architecture "mystery"';
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toBe(
      'Ollama did not make the model: unsupported architecture "mystery"',
    );
  });

  it('is not there if Ollama breaks off', async () => {
    const { ollama, models, cacheDir, wanted } = await setUp();
    ollama.breaksOff = true;
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toBe(
      'Ollama broke off while it made the model.',
    );
  });

  it('is refused, and leaves nothing, where the folder is not that Ollama’s', async () => {
    const { ollama, models, cacheDir, file, wanted } = await setUp();
    const wrong = `${models}-of-another`;
    mkdirSync(join(wrong, 'blobs'), { recursive: true });
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models: wrong }), never))).toContain(
      'keeps its models elsewhere',
    );
    expect(existsSync(join(wrong, 'blobs', `sha256-${file.etag}`))).toBe(false);
    expect(writes(ollama.asked)).toEqual([]);
  });

  it('is never made in place of one that is not hubgram’s', async () => {
    const { ollama, models, cacheDir, wanted } = await setUp();
    ollama.models.set('ORG/name:q4_k_m', { 'own.gguf': `sha256:${'0'.repeat(64)}` });
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toContain('already that is not hubgram’s');
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }, { isRetried: true }), never))).toContain(
      'not hubgram’s',
    );
    expect([...ollama.models.keys()]).toEqual(['ORG/name:q4_k_m']);
  });

  it('is known again after a kill, and replaced by that of a newer file', async () => {
    const { ollama, models, cacheDir, fileOf, wanted } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted({ models }), never));
    expect(proofOf(await makeLinks(cacheDir, wanted({ models }, { isRetried: true }), never))).toBe(proof);
    const file = fileOf('name-Q4_K_M-new.gguf', 'newer weights');
    const newer = wanted({ models, files: [file] }, { file, replaces: proof });
    expect(proofOf(await makeLinks(cacheDir, newer, never))).not.toBe(proof);
    expect(ollama.models.get(NAME)).toEqual({ 'name-Q4_K_M-new.gguf': `sha256:${file.etag}` });
  });

  it('is taken away with its links, and another one of that name is left', async () => {
    const { ollama, models, cacheDir, file, wanted, noted } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted({ models }), never));
    expect(await lookAtLinks(cacheDir, noted(proof))).toEqual(['there']);
    expect(await removeLinks(cacheDir, noted(proof))).toEqual(['there']);
    expect([ollama.models.size, existsSync(ollama.blob(file.etag))]).toEqual([0, false]);
    expect(await lookAtLinks(cacheDir, noted(proof))).toEqual(['missing']);
    ollama.models.set(NAME, { 'own.gguf': `sha256:${'0'.repeat(64)}` });
    expect(await removeLinks(cacheDir, noted(proof))).toEqual(['foreign']);
    expect(await removeLinks(cacheDir, noted(null))).toEqual(['foreign']);
    expect(ollama.models.size).toBe(1);
  });

  it('is nobody’s to judge while Ollama is away', async () => {
    const { ollama, models, cacheDir, wanted, noted } = await setUp();
    await ollama.close();
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toMatch(/^Ollama does not answer\./);
    expect(await lookAtLinks(cacheDir, noted('ollama 1'))).toEqual(['unknown']);
    expect(await removeLinks(cacheDir, noted('ollama 1'))).toEqual(['unknown']);
  });

  it('is nobody’s to judge for half a minute where it was waited for in vain: many that go wait once', async () => {
    const { cacheDir, noted } = await setUp();
    const clock = createTestClock();
    const servers = createSilentServers(clock);
    let [asked, silenceMs] = [0, 10_000];
    const server = createServer(({ socket }) => {
      asked += 1;
      clock.pass(silenceMs);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { repoFolder, links } = noted('ollama 1');
    const three = { repoFolder, links: [1, 2, 3].flatMap(() => links.map((link) => ({ ...link, folder: url }))) };
    expect(await removeLinks(cacheDir, three, servers)).toEqual(['unknown', 'unknown', 'unknown']);
    clock.pass(29_999);
    expect(await lookAtLinks(cacheDir, three, servers)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(asked).toBe(1);
    // Who refuses does so at once, and may be there at the next question.
    silenceMs = 999;
    clock.pass(1);
    await removeLinks(cacheDir, three, servers);
    expect(asked).toBe(4);
  });

  it('is nobody’s to judge where an answer breaks off, or is far too long', async () => {
    const { ollama, models, cacheDir, wanted, noted } = await setUp();
    ollama.cutsOff = true;
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toMatch(/^Ollama does not answer\./);
    expect(await lookAtLinks(cacheDir, noted('ollama 1'))).toEqual(['unknown']);
    expect(await removeLinks(cacheDir, noted('ollama 1'))).toEqual(['unknown']);
    ollama.cutsOff = false;
    ollama.models.set('x'.repeat(5_000_000), {});
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toMatch(/is not Ollama/);
  });

  it('is asked of the configured host only: nothing follows where that sends it', async () => {
    const { ollama, models, cacheDir, wanted } = await setUp();
    const other = await startOllama(join(models, 'other'));
    onTestFinished(other.close);
    ollama.redirects = `${other.url}/api/tags`;
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models }), never))).toContain('does not answer');
    expect(other.asked).toEqual([]);
  });

  it('is given up with the program: what was begun is begun again', async () => {
    const { models, cacheDir, wanted } = await setUp();
    const stop = new AbortController();
    stop.abort(new Error('closing'));
    await expect(makeLinks(cacheDir, wanted({ models }), stop.signal)).rejects.toThrow('closing');
  });

  it('is refused where something else than Ollama answers, or a file has no SHA-256', async () => {
    const { ollama, models, cacheDir, file, wanted } = await setUp();
    const odd = { ...file, etag: 'b'.repeat(40) };
    expect(refusalOf(await makeLinks(cacheDir, wanted({ models, files: [odd] }), never))).toMatch(/by their SHA-256/);
    const page = wanted({ models }, { folder: `${ollama.url}/elsewhere` });
    expect(refusalOf(await makeLinks(cacheDir, page, never))).toMatch(/is not Ollama/);
  });
});
