import { describe, expect, it } from 'vitest';
import { generatedContent, gitSha1Of, givenContent, sha256Of } from '../../hub/repos/content.ts';
import { KNOWN_HASHES } from '../../hub/repos/known-hashes.ts';
import { defineRepo, type SampleFile } from '../../hub/repos/sample-repo.ts';
import { sampleRepos } from '../../hub/samples/sample-repos.ts';
import { sha256 } from './with-hub.ts';

const builtIn = (id: string, path: string): SampleFile => {
  const repo = sampleRepos().find((each) => each.id === id)!;
  return repo.branches.get('main')!.files.find((file) => file.path === path)!;
};

describe('generated content', () => {
  const content = generatedContent({ seed: 'a', size: 1_000_003 });
  const whole = content.read(0, content.size);

  it('is the same in pieces as in one', () => {
    const edges = [0, 1, 4095, 4096, 4097, 65_535, 65_536, 300_001, 1_000_002, 1_000_003];
    const pieces = edges.slice(1).map((end, at) => content.read(edges[at]!, end));
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
  });

  it('differs in every 4096 bytes, so that a range in the wrong place is noticed', () => {
    const pages = Array.from({ length: 244 }, (_, at) => sha256(content.read(at * 4096, (at + 1) * 4096)));
    expect(new Set(pages).size).toBe(244);
  });

  it('differs by seed, and not by anything else', () => {
    expect(sha256Of(generatedContent({ seed: 'b', size: 1_000_003 }))).not.toBe(sha256(whole));
    expect(sha256Of(generatedContent({ seed: 'a', size: 1_000_003 }))).toBe(sha256(whole));
  });

  it('has the head that was asked for, also where it ends inside a page', () => {
    const head = Buffer.from('HEAD'.repeat(1100));
    const headed = generatedContent({ seed: 'a', size: 10_000, head });
    expect(headed.read(0, 4400).equals(head)).toBe(true);
    expect(headed.read(4090, 4400).equals(head.subarray(4090))).toBe(true);
    expect(headed.read(4400, 10_000).equals(whole.subarray(4400, 10_000))).toBe(true);
  });
});

describe('a card', () => {
  const cards = sampleRepos().flatMap(({ id, spec, branches }) => {
    const card = branches.get('main')!.files.find(({ path }) => path === 'README.md');
    const text = card && Buffer.from(card.content.read(0, card.size)).toString();
    return text === undefined ? [] : [[id, spec.license, text] as const];
  });

  it.each(cards)('names the licence that the Hub names: %s', (_, license, text) => {
    expect(/^license: (.+)$/m.exec(text)?.[1]).toBe(license);
  });

  it('is long enough in one of them to be read page by page', () => {
    expect(cards.find(([id]) => id === 'openai-community/gpt2')?.[2].trim().length).toBeGreaterThan(4000);
  });
});

describe('hashes', () => {
  it('are those that git and sha256sum print', () => {
    const hello = givenContent('hello world\n');
    expect(gitSha1Of(hello)).toBe('3b18e512dba79e4c8300dd08aeb37f8e728b8dad');
    expect(sha256Of(hello)).toBe('a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447');
  });

  it('of an LFS file are that of its bytes and that of its pointer', () => {
    const repo = defineRepo({ id: 'a/b', files: [{ path: 'w.safetensors', size: 300_000 }] });
    const file = repo.branches.get('main')!.files[0]!;
    expect(file.etag()).toBe(sha256(file.content.read(0, file.size)));
    expect(file.pointer()).toBe(`version https://git-lfs.github.com/spec/v1\noid sha256:${file.etag()}\nsize 300000\n`);
    expect(file.oid()).toBe(gitSha1Of(givenContent(file.pointer())));
  });

  it.each([
    ['sample/Tiny-Llama-GGUF', 'Tiny-Llama-IQ1_S.gguf'],
    ['sample/tiny-diffusion', 'unet/diffusion_pytorch_model.fp16.safetensors'],
    ['sample/tiny-llama', 'model.safetensors'],
    ['sample/tiny-diffusion', 'vae/diffusion_pytorch_model.bin'],
  ])('written down for %s %s are still true (else run bench/hash-sample-hub.ts)', (id, path) => {
    const { content, etag } = builtIn(id, path);
    expect(KNOWN_HASHES[content.key!]).toBe(etag());
    expect(sha256Of(content)).toBe(etag());
  });

  it('are written down for every big built-in file', () => {
    const files = sampleRepos().flatMap((repo) => [...repo.branches.values()].flatMap((commit) => commit.files));
    const missing = files.filter(
      (file) => file.size >= 4_000_000 && KNOWN_HASHES[file.content.key ?? ''] === undefined,
    );
    expect(missing.map((file) => file.path)).toEqual([]);
  });
});

describe('the built-in gpt2', () => {
  const files = sampleRepos()[0]!.branches.get('main')!.files;

  it('has the 26 files of the real one, 5.6 GB', () => {
    expect(files).toHaveLength(26);
    expect(files.reduce((sum, file) => sum + file.size, 0)).toBe(5_632_416_585);
    expect(builtIn('openai-community/gpt2', 'model.safetensors').size).toBe(548_105_171);
  });

  it('has the real hashes where the real bytes are known', () => {
    const oidOf = (path: string): string => files.find((file) => file.path === path)!.oid();
    expect(oidOf('.gitattributes')).toBe('602b71f15d40ed68c5f96330e3f3175a76a32126');
    expect(oidOf('config.json')).toBe('10c66461e4c109db5a2196bff4bb59be30396ed8');
    expect(oidOf('generation_config.json')).toBe('3dc481ecc3b2c47a06ab4e20dba9d7f4b447bdf3');
    expect(oidOf('tokenizer_config.json')).toBe('be4d21d94f3b4687e5a54d84bf6ab46ed0f8defd');
  });
});

describe('files of known formats', () => {
  it('begin as safetensors do: the length of a header in JSON that describes the rest of the file', () => {
    const file = builtIn('sample/tiny-llama', 'model.safetensors');
    const headerLength = Number(file.content.read(0, 8).readBigUInt64LE());
    const header = JSON.parse(file.content.read(8, 8 + headerLength).toString());
    expect(header.weight.data_offsets).toEqual([0, file.size - 8 - headerLength]);
  });

  it('begin as GGUF does: the magic word, version 3, no tensors, one key', () => {
    const head = builtIn('sample/Tiny-Llama-GGUF', 'Tiny-Llama-Q4_K_M.gguf').content.read(0, 32);
    expect(head.toString('latin1', 0, 4)).toBe('GGUF');
    expect([head.readUInt32LE(4), head.readBigUInt64LE(8), head.readBigUInt64LE(16)]).toEqual([3, 0n, 1n]);
  });

  it('are valid JSON where the name says so', () => {
    const texts = sampleRepos().flatMap((repo) => [...repo.branches.get('main')!.files]);
    const json = texts.filter((file) => file.path.endsWith('.json'));
    expect(json.length).toBeGreaterThan(300);
    for (const file of json) expect(() => JSON.parse(file.content.read(0, file.size).toString())).not.toThrow();
  });

  it('are the same bytes twice where the repository says so', () => {
    const hashOf = (quant: string): string => builtIn('sample/Tiny-Llama-GGUF', `Tiny-Llama-${quant}.gguf`).etag();
    expect(hashOf('Q2_K_L')).toBe(hashOf('Q2_K'));
    expect(hashOf('Q3_K_M')).not.toBe(hashOf('Q2_K'));
  });
});

it('makes a commit of its own for every change of content', () => {
  const commit = (content: string): string =>
    defineRepo({ id: 'a/b', files: [{ path: 'config.json', content }] }).branches.get('main')!.id;
  expect(commit('1')).toBe(commit('1'));
  expect(commit('1')).not.toBe(commit('2'));
  expect(commit('1')).toMatch(/^[0-9a-f]{40}$/);
});
