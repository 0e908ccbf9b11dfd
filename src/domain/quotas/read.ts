import { parseBytes } from '../../lib/text/bytes.ts';
import { refuse } from '../errors.ts';
import type { Quota, QuotaChanges } from './quota.ts';

/** Every key with what it is about; people leave out the hour. */
const KEYS = {
  models: 'models',
  bytes: 'bytes',
  running: 'running',
  adds: 'adds_per_hour',
  adds_per_hour: 'adds_per_hour',
} as const satisfies Record<Quota, Quota> & Record<string, Quota>;

/** The keys as they are written. */
export const QUOTA_KEYS = Object.keys(KEYS);

const isKey = (key: string): key is keyof typeof KEYS => Object.hasOwn(KEYS, key);

const NONE = ['none', 'unlimited'];
const USUAL = ['default', 'usual'];

/** @throws AppError validation: neither a number, a size, `none` nor `default` */
const readAmount = (key: string, quota: Quota, text: string): number | null | undefined => {
  const word = text.trim().toLowerCase();
  if (NONE.includes(word)) return null;
  if (USUAL.includes(word)) return undefined;
  const amount = quota === 'bytes' ? parseBytes(word) : /^\d{1,9}$/.test(word) ? Number(word) : undefined;
  if (amount !== undefined) return amount;
  const expected = quota === 'bytes' ? 'a size such as 500GB' : 'a whole number from 0';
  return refuse(`${key}= takes ${expected}, none for as much as there is, or default.`);
};

/** What an owner has written of somebody's quotas. @throws AppError validation */
export const readQuotaChanges = (options: Readonly<Record<string, string>>): QuotaChanges =>
  Object.fromEntries(
    Object.entries(options).flatMap(([key, text]) =>
      isKey(key) ? [[KEYS[key], readAmount(key, KEYS[key], text)]] : [],
    ),
  );
