import { expect, it } from 'vitest';
import { readFilesInBrief } from '../../src/domain/files/loads/files-in-brief.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import { briefOf } from '../../src/library/files-in-brief.ts';
import { openLibrary } from './setup.ts';

const fileOf = (path: string): RepoFile => ({ path, size: 1000, etag: Buffer.from(path.padEnd(20)).toString('hex') });

it('what a list of files comes to is found out once, and anew for another commit', () => {
  const store = openLibrary();
  const files = ['config.json', 'model.safetensors'].map(fileOf);
  const { id } = store.models.createModel({ chatId: 1, name: 'gpt2', commitSha: 'a'.repeat(40), files });
  const model = () => {
    const found = store.models.getModel(id);
    if (!found) throw new Error('It is gone');
    return found;
  };
  expect(readFilesInBrief(model())).toBe(undefined);
  expect(briefOf(store, model())).toMatchObject({ count: 2, loads: { kind: 'transformers' } });
  expect(readFilesInBrief(model())).toMatchObject({ count: 2, commit: 'a'.repeat(40) });
  const { repoType, name, selection } = model();
  const newer = { repoType, name, selection, commitSha: 'b'.repeat(40) };
  const wantsCopyId = store.copies.want(newer, { files: ['README.md'].map(fileOf), sizeBytes: 1000 });
  store.models.moveModel(id, 'pending', 'paused', { wantsCopyId });
  expect(readFilesInBrief(model())).toBe(undefined);
  expect(briefOf(store, model())).toMatchObject({ count: 1, loads: { kind: 'nothing' } });
});
