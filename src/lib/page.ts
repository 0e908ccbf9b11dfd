/** Which part of a list is wanted. */
export interface PageWanted {
  /** Counted from 0. */
  readonly page: number;
  /** How many entries a page has. */
  readonly size: number;
}

/** Where a page of a list stands, and how many there are: one of an empty list too. */
export interface PagePosition {
  readonly pages: number;
  /** Counted from 0; the last one if that many are not there any more. */
  readonly page: number;
  /** Entries to read, and how many to pass over. */
  readonly limit: number;
  readonly offset: number;
}

/** @param total entries of the whole list */
export const pageOf = (total: number, { page: wanted, size }: PageWanted): PagePosition => {
  const pages = Math.max(1, Math.ceil(total / size));
  const page = Math.min(wanted, pages - 1);
  return { pages, page, limit: size, offset: page * size };
};
