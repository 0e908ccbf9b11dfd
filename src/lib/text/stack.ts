import { redact } from './redact.ts';
import { shorten } from './shorten.ts';

/** A page or two: what is above the first few calls says nothing more. */
const LENGTH_MOST = 8000;

/** Where something failed, as it may be kept and shown: without tokens, and bounded. */
export const shownStack = (stack: string): string => shorten(redact(stack), LENGTH_MOST);
