/* domain/moving: a library as a file: what is read of it, and why an entry cannot be. */

import { z } from 'zod';
import { CHECK_FREQUENCIES } from '../renewals/check-frequency.ts';

/** How a `models.json` is called. */
export const MODELS_FILE = 'models.json';

/** How often newer revisions are looked for, as far as a `models.json` has words for it. */
export const fileFrequencySchema = z.enum(CHECK_FREQUENCIES).exclude(['off']);

/** What a `models.json` says beside its models: `checkFrequency` is of one library, the others are of the machine. */
export const fileSettingsSchema = z.strictObject({
  autoCleanup: z.boolean().optional(),
  cleanupAgeDays: z.number().optional(),
  /** As somebody wrote it, such as `100GB`. */
  maxTotalSize: z.string().optional(),
  checkFrequency: fileFrequencySchema.optional(),
});
export type FileSettings = Readonly<z.infer<typeof fileSettingsSchema>>;

/** What it says of itself. Times are ISO 8601. */
export interface FileMetadata {
  readonly created: string;
  readonly lastUpdated: string;
}

const VERSION = '1.0';

const defined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const indented = (value: object, by: string): string => JSON.stringify(value, null, 2).replaceAll('\n', `\n${by}`);

/** The text of a `models.json` in pieces: its beginning, each model, its end. */
export const fileWriter = () => {
  let isFirst = true;
  return {
    begin: (): string => '{\n  "models": [',
    model: (entry: object): string => {
      const comma = isFirst ? '' : ',';
      isFirst = false;
      return `${comma}\n    ${indented(entry, '    ')}`;
    },
    end: (settings: FileSettings, { created, lastUpdated }: FileMetadata): string => {
      const written = defined({
        auto_cleanup: settings.autoCleanup,
        cleanup_age_days: settings.cleanupAgeDays,
        max_total_size: settings.maxTotalSize,
        check_frequency: settings.checkFrequency,
      });
      const metadata = { version: VERSION, created, last_updated: lastUpdated };
      return `\n  ],\n  "settings": ${indented(written, '  ')},\n  "metadata": ${indented(metadata, '  ')}\n}\n`;
    },
  };
};
