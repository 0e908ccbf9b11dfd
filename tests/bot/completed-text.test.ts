import { filesInBrief } from '../../src/domain/files/loads/files-in-brief.ts';
import { describe, expect, it } from 'vitest';
import { readyText } from '../../src/bot/board/completed-text.ts';
import type { Model } from '../../src/domain/model.ts';
import { sampleCard, sampleFile, sampleModel, sampleSession, shown } from './samples.ts';

const BRANCHES = ['3.5bpw', '4.0bpw', '6.0bpw'];

const done = (
  paths: readonly string[],
  metadata: Model['metadata'] = {},
  filesGone = 0,
): { card: string; ready: string } => {
  const model = sampleModel({
    status: 'completed',
    downloadPath: '/cache/s',
    name: 'org/m',
    canonicalName: 'org/m',
    metadata,
    filesGone,
  });
  const brief = filesInBrief(model, paths.map(sampleFile));
  const session = sampleSession({ status: 'completed' });
  return { card: shown(sampleCard({ model, brief, session })), ready: readyText(brief.loads) };
};

describe('a card of what came', () => {
  it('names the branches that have the weights, and offers them', () => {
    const { card, ready } = done(['README.md', 'measurement.json', '.gitattributes'], { branches: BRANCHES });
    expect(card).toMatchInlineSnapshot(`
      "org/m · completed
      551 MB
      3 files verified; no weights in this branch. Others: 3.5bpw, 4.0bpw, 6.0bpw
      /cache/s
      [Copy path]
      [Add @3.5bpw] [Add @4.0bpw]
      [Add @6.0bpw]
      [Remove] [Details]"
    `);
    expect(ready).toBe('verified; no weights among them');
  });

  it('says that files are gone that something else has removed, and offers to fetch them again', () => {
    const some = done(['config.json', 'model.safetensors'], {}, 1);
    expect(some.card).toMatchInlineSnapshot(`
      "org/m · files gone
      1 of its 2 files is no longer on the disk: something other than hubgram has removed it.
      /cache/s
      [Fetch again (primary)] [Remove] [Details]"
    `);
    const all = done(['config.json', 'model.safetensors'], {}, 2);
    expect(all.card).toContain(
      'All its 2 files are no longer on the disk: something other than hubgram has removed them.',
    );
    const one = done(['model.gguf'], {}, 1);
    expect(one.card).toContain('Its file is no longer on the disk: something other than hubgram has removed it.');
  });

  it('says that there are no weights where nobody knows of any', () => {
    const { card } = done(['README.md', 'config.json']);
    expect(card).toContain('2 files verified; there are no weights among them');
    expect(card).not.toMatch(/from_pretrained|vllm/);
  });

  it('counts branches that are too many to name, and offers a few', () => {
    const many = Array.from({ length: 40 }, (_, number) => `${number}.0bpw-${'x'.repeat(60)}`);
    const { card } = done(['README.md'], { branches: many });
    expect(card).toContain('and 30 more');
    expect(card.match(/\[Add /g)).toHaveLength(8);
  });

  it('says which parts are missing of nothing that is whole', () => {
    const { card, ready } = done(['m-00002-of-00002.gguf']);
    expect(card).toContain('1 file verified; parts of the weights are missing');
    expect(card).not.toContain('llama-cli');
    expect(ready).not.toContain('ready to load');
  });

  it('says what an adapter needs', () => {
    const { card, ready } = done(['adapter_config.json', 'adapter_model.safetensors'], { baseModel: 'org/base' });
    expect(card).toContain('An adapter for org/base: it needs that model as well');
    expect(card).toContain('[Add org/base]');
    expect(card).not.toContain('which this library has');
    expect(card).not.toContain('vllm');
    expect(ready).toBe('verified and ready to load');
  });

  it('says of an adapter that the library has what it needs', () => {
    const model = sampleModel({ status: 'completed', name: 'org/m', metadata: { baseModel: 'org/base' } });
    const brief = filesInBrief(model, ['adapter_config.json', 'adapter_model.safetensors'].map(sampleFile));
    expect(shown(sampleCard({ model, brief, baseId: 3 }))).toContain(
      'An adapter for org/base: it needs that model as well, which this library has as #3',
    );
  });

  it('says nothing of loading where no loader is known, but where the one file lies', () => {
    const { card, ready } = done(['README.md', 'sd_xl.safetensors']);
    expect(card).toContain('[Copy path] [Copy file path]');
    expect(ready).toBe('verified');
  });
});
