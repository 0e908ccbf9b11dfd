/** Node's or undici's code of an error, or an empty text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The same of an error that wraps others, as `fetch` throws them; with several addresses tried, the last one's. */
export const deepCodeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  const inner: unknown = error instanceof AggregateError ? error.errors.at(-1) : error.cause;
  return codeOf(error) || deepCodeOf(inner);
};
