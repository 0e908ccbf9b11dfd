import { AppError } from '../../domain/errors.ts';
import type { Questions, Source } from '../../sources/port.ts';
import type { PersonalTokens } from './personal-tokens.ts';

/** A source that knows the tokens which people have given. Of one that the Hub does not accept it is asked whose it is. */
export const withPeople = (source: Source, tokens: Pick<PersonalTokens, 'tokenOf' | 'doubt'>): Source => ({
  ...source,
  ofPerson: (userId) => {
    const token = tokens.tokenOf(userId);
    if (token === undefined) return undefined;
    const own = source.asPerson(token);
    const asking =
      <Asked extends readonly unknown[], Answer>(ask: (...asked: Asked) => Promise<Answer>) =>
      async (...asked: Asked): Promise<Answer> => {
        try {
          return await ask(...asked);
        } catch (error) {
          if (error instanceof AppError && error.code === 'unauthorized') tokens.doubt(userId);
          throw error;
        }
      };
    return {
      inspect: asking(own.inspect),
      locate: asking(own.locate),
      terms: asking(own.terms),
      readText: asking(own.readText),
      head: asking(own.head),
      commits: asking(own.commits),
      search: asking(own.search),
      namedBySpace: asking(own.namedBySpace),
      repoUrl: own.repoUrl,
    } satisfies Questions;
  },
});
