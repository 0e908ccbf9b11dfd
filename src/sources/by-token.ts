import { AppError } from '../domain/errors.ts';
import type { Questions, Source } from './port.ts';

/**
 * What may be asked about models: by the machine where it has found one of them itself, or else with a token that has.
 * @param tokensOf for each of them whose token it was; null: the machine's own
 * @throws AppError unauthorized: none of these tokens is of use any more
 */
export const questionsAbout = <Asked extends Partial<Questions>>(
  source: Asked & Pick<Source, 'ofPerson'>,
  tokensOf: readonly (number | null)[],
): Asked | Questions => {
  if (tokensOf.length === 0 || tokensOf.includes(null)) return source;
  for (const userId of tokensOf) {
    const person = userId === null ? undefined : source.ofPerson?.(userId);
    if (person) return person;
  }
  throw new AppError(
    'unauthorized',
    'The personal token that it was found with is gone, or the Hub does not accept it. Whoever added it gives another one by /token.',
  );
};
