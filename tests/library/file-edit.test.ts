import { expect, it } from 'vitest';
import { selectionKey } from '../../src/domain/files/selection.ts';
import type { AddOptions } from '../../src/domain/repo/add-options.ts';
import { changeFiles, readFileEdit } from '../../src/library/file-edit.ts';
import type { AddRequest, NewAddRequest } from '../../src/store/downloads/add-requests.ts';
import { sampleModel } from '../bot/samples.ts';

const ASKED = { chatId: 1, userId: 1, threadId: null, messageId: 5 };

/** What is looked up for an edit of a model that has a choice and a pattern. */
const lookedUp = (options: Parameters<typeof readFileEdit>[0]): NewAddRequest | undefined => {
  let input: NewAddRequest | undefined;
  const request = (given: NewAddRequest): AddRequest => {
    input = given;
    return {} as AddRequest;
  };
  const selection = selectionKey({ quantize: 'Q4_K_M', include: ['*.json'], exclude: ['x'] });
  const model = sampleModel({ repoType: 'dataset', name: 'org/d', revision: 'v1', selection });
  const edit = readFileEdit(options);
  if (edit) changeFiles({ request }, model, edit, ASKED);
  return input;
};

it.each<[Parameters<typeof readFileEdit>[0], AddOptions]>([
  [{ revision: 'v2' }, { revision: 'v2', quantize: 'Q4_K_M', include: ['*.json'], exclude: ['x'] }],
  // What was left of the files of another quantization would be nothing.
  [{ quantize: 'Q8_0' }, { revision: 'v1', quantize: 'Q8_0', include: [], exclude: [] }],
  [
    { quant: 'q4', include: 'a*, b' },
    { revision: 'v1', quantize: 'q4', include: ['a*', 'b'], exclude: [] },
  ],
  [{ exclude: 'none' }, { revision: 'v1', quantize: 'Q4_K_M', include: ['*.json'], exclude: [] }],
])('%j has looked up %j', (options, wanted) => {
  expect(lookedUp(options)).toEqual({ ...ASKED, ref: 'datasets/org/d', options: { ...wanted, replaces: 7 } });
});

it('what is about no files has nothing looked up', () => {
  expect(readFileEdit({})).toBeUndefined();
});
