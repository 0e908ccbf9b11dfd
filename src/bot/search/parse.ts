import { readTerms, type SearchTerms } from '../../domain/search/terms.ts';
import { parseArguments } from '../ui/arguments.ts';

const KEYS = ['task', 'author', 'sort'];

/**
 * Reads what stands behind `/search`: `<words> [gguf] [task=…] [author=…] [sort=…]`.
 * @throws AppError validation with a sentence that says what would be right
 */
export const parseSearch = (line: string): SearchTerms => {
  const { words, options } = parseArguments(line, KEYS);
  const { task, author, sort } = options;
  return readTerms(words, { task, author, sort });
};
