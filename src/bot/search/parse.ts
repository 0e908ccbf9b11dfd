import { readWish, type SearchWish } from '../../domain/search/wish.ts';
import { parseArguments } from '../ui/arguments.ts';

const KEYS = ['task', 'author', 'sort'];

/**
 * Reads what stands behind `/search`: `<words> [gguf] [task=…] [author=…] [sort=…]`.
 * @throws AppError validation with a sentence that says what would be right
 */
export const parseSearch = (line: string): SearchWish => {
  const { words, options } = parseArguments(line, KEYS);
  const { task, author, sort } = options;
  return readWish(words, { task, author, sort });
};
