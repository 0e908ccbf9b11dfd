import { expect, it } from 'vitest';
import { FILE_KINDS } from '../../src/domain/apps/app.ts';
import { MAY_COPY } from '../../src/domain/apps/link.ts';
import { actionButton } from '../../src/bot/ui/buttons.ts';
import { messageParameters } from '../../src/bot/ui/text.ts';
import type { AppView } from '../../src/library/apps/app-view.ts';
import { sampleCard, sampleModel, shown } from './samples.ts';

const PATH = `/cache/${'p'.repeat(200)}`;
const model = sampleModel({ status: 'completed', downloadPath: PATH });
const view = (changes: Partial<AppView>): AppView => ({
  app: 'app',
  label: 'app',
  kind: 'folder',
  state: 'linked',
  shownAs: 'org--name',
  message: null,
  ...changes,
});

it('a card says of each app what became of it, and offers what loads it there', () => {
  const apps = [
    view({ label: 'LM Studio', kind: 'lmstudio', shownAs: 'org/name' }),
    view({ label: 'Ollama', kind: 'ollama', shownAs: 'org/name:Q4_0, org/name:Q8_0' }),
    view({ label: 'box', state: 'waiting' }),
    view({ label: 'old', state: 'lost', message: 'Something has removed the link /a/b.' }),
    view({ label: 'full', state: 'refused', message: 'The disk is full.' }),
  ];
  const text = shown(sampleCard({ model, apps }));
  for (const line of [
    'In LM Studio: org/name',
    'In Ollama: org/name:Q4_0, org/name:Q8_0',
    'box: is being linked',
    'No longer in old. Something has removed the link /a/b.',
    'Not in full. The disk is full.',
  ])
    expect(text.split('\n')).toContain(line);
  const copied = JSON.stringify(sampleCard({ model, apps }).keyboard);
  expect(copied).toContain('"lms load org/name"');
  expect(copied).toContain('"ollama run org/name:Q4_0"');
});

it('a card has room for its path, however many apps complain at length', () => {
  const apps = Array.from({ length: 20 }, () => view({ state: 'refused', message: 'm'.repeat(1000) }));
  const { text } = messageParameters(sampleCard({ model, apps }));
  expect(text).toContain(PATH);
  expect(text).toContain('and 14 more apps');
  expect(text.length).toBeLessThan(4096);
});

it('a button has room for the longest name and the largest number', () => {
  const longest = [...FILE_KINDS, MAY_COPY].toSorted((one, other) => other.length - one.length)[0];
  const data = actionButton('x', 'appto', `${'9'.repeat(15)}:${'a'.repeat(20)}:${longest}`);
  expect('callback_data' in data && Buffer.byteLength(data.callback_data)).toBeLessThanOrEqual(64);
});
