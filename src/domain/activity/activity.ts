/* domain/activity: what is noted of what people do. */

import { z } from 'zod';
import { redact } from '../../lib/text/redact.ts';
import type { Model } from '../model.ts';
import { type Labelled, modelLabel } from '../repo/model-label.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What came of an action: it was done, its person may not do it, or it could not be done. */
export const ACTIVITY_RESULTS = ['done', 'refused', 'failed'] as const;
export type ActivityResult = (typeof ACTIVITY_RESULTS)[number];

/** How somebody came to act. */
const WAYS = ['command', 'button', 'menu', 'dialogue', 'document', 'message', 'inline'] as const;
export type Way = (typeof WAYS)[number];

/** Stands for a person where the program acts by itself. Telegram gives this number to nobody. */
export const ITSELF = 0;

/** What is kept of an action besides. Features may add small things of their own. */
export const activityMetadataSchema = z.looseObject({
  by: z.enum(WAYS).optional(),
  /** What stood behind the command, as `inLog` keeps it. */
  said: z.string().optional(),
  /** The model it was about, by the name it had then. */
  model: z.object({ id: z.number(), name: z.string() }).optional(),
  /** The kind of the failure. */
  error: z.string().optional(),
});
export type ActivityMetadata = Readonly<z.infer<typeof activityMetadataSchema>>;

/** What a line about a model says of it. */
export const aboutModel = (model: Labelled & Pick<Model, 'id'>): ActivityMetadata => ({
  model: { id: model.id, name: inLog(modelLabel(model)) },
});

const SAID_MOST = 200;

/** What a query may carry is a matter of the address: signatures, tokens, passwords under any name. */
const QUERY = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"'<>]{1,2000})[?#][^\s"'<>]*/gi;

/** A text that somebody wrote, as the activity log keeps it: without secrets and queries of addresses, in one line, cut. */
export const inLog = (text: string): string =>
  // Cut last: half a secret is not known for one any more.
  shorten(redact(text.replace(QUERY, '$1?…')).replace(/\s+/gu, ' ').trim(), SAID_MOST);
