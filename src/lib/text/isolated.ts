/** Embeddings, overrides and isolates: what they begin may be left open, and turn the rest of a line (Unicode, UAX #9). */
const CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu;
/** Letters of scripts that run from right to left, and the marks that stand for one. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * A foreign name for the middle of a line: one that runs from right to left neither turns what stands beside it nor is broken by
 * a number or a bracket of its own (FSI … PDI of UAX #9). Controls of direction within it are left out.
 */
export const isolated = (name: string): string => {
  const bare = name.replace(CONTROLS, '');
  return RIGHT_TO_LEFT.test(bare) ? `\u2068${bare}\u2069` : bare;
};
