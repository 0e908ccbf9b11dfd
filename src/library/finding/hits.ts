import type { Hit } from '../../domain/search/hit.ts';
import { aboutSize } from '../../domain/search/about-size.ts';
import type { SearchTerms } from '../../domain/search/terms.ts';
import type { FoundRepo, SearchQuery } from '../../sources/port.ts';
import type { HitSizes } from './usual-sizes.ts';

/** As many as a phone shows with all that is told of each. */
export const PAGE_SIZE = 5;

/** What the source is asked for. */
export const queryOf = ({ words, author, task, gguf, order }: SearchTerms): SearchQuery => ({
  type: 'model',
  words,
  order,
  ...(author === undefined ? {} : { owner: author }),
  ...(task === undefined ? {} : { task }),
  ...(gguf ? { tags: ['gguf'] } : {}),
});

/** As an answer tells of it, with the size that is known, or what its answer lets guess. */
export const hitOf = (found: FoundRepo, sizes: Pick<HitSizes, 'known'>): Hit => {
  const { id, commit, gated, license, task, downloads, lastModified, told } = found;
  const hit: Hit = {
    id,
    gated,
    ...(commit === undefined ? {} : { commit }),
    ...(license === undefined ? {} : { license }),
    ...(task === undefined ? {} : { task }),
    ...(downloads === undefined ? {} : { downloads }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
  const size = sizes.known(hit) ?? aboutSize(told);
  return size ? { ...hit, size } : hit;
};

/** Whether what its usual choice takes is not known to the byte. */
export const isGuessed = ({ size }: Hit): boolean => size?.kind !== 'exact';
