import type { Hit, UsualSize } from '../../domain/search/hit.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { shorten } from './text.ts';

/** Foreign text stands in these lines: so much of it. */
const FIELD_LIMIT = 40;

const SIZES: Readonly<Record<UsualSize['kind'], (bytes: string) => string>> = {
  exact: (bytes) => bytes,
  about: (bytes) => `about ${bytes}`,
  most: (bytes) => `at most ${bytes}`,
};

/** What its usual choice takes. */
const sizeWords = (size: UsualSize | undefined): string => {
  if (!size) return 'size not known';
  const bytes = SIZES[size.kind](formatBytes(size.bytes));
  return size.label === undefined ? bytes : `${bytes} as ${shorten(size.label, FIELD_LIMIT)}`;
};

const GATES: Readonly<Record<'auto' | 'manual', string>> = {
  auto: 'gated: its terms have to be accepted on the Hub',
  manual: 'gated: its authors decide who may have it',
};

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

/** Everything there is to know before one adds it, without its name. */
export const hitWords = ({ size, license, task, downloads, lastModified, gated }: Hit): readonly string[] => {
  const fields = [sizeWords(size), license && shorten(license, FIELD_LIMIT), task && shorten(task, FIELD_LIMIT)];
  const news = [
    downloads !== undefined && `${compact.format(downloads)} ${downloads === 1 ? 'download' : 'downloads'}`,
    lastModified && `updated ${day.format(new Date(lastModified))}`,
  ];
  const shown = [fields, news].map((parts) => parts.filter(Boolean).join(' · '));
  return [...shown, gated === false ? '' : GATES[gated]].filter((line) => line !== '');
};
