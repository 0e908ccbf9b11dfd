import { expect, it } from 'vitest';
import { categoriesText } from '../../src/bot/categories/text.ts';

it('as many categories as a chat may have are listed, however much is said of each', () => {
  const categories = Array.from({ length: 48 }, (_, id) => ({
    id,
    name: `Section ${id} ${'x'.repeat(20)}`,
    icon: '🎨',
    description: 'y'.repeat(200),
    displayOrder: id,
    own: true,
    models: 1000,
  }));
  const { text } = categoriesText(categories);
  expect(text.length).toBeLessThanOrEqual(4096);
  expect(
    text
      .split('\n')
      .slice(1)
      .map((line) => line.split(' x')[0]),
  ).toEqual(categories.map(({ id }) => `Section ${id}`));
});
