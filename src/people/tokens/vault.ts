/* people/tokens: tokens of people and of the machine, sealed in their rows and open only on the way to the Hub. */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type AddressSeals, createAddressSeals } from './address-seals.ts';
import { createSecretKey, type SecretKeyOptions } from './secret-key.ts';

/** Seals what must not stand anywhere in clear. */
export interface Vault extends AddressSeals {
  /** @param ownerId whose it is: for anybody else it does not open @throws AppError operational: there is no key */
  readonly seal: (ownerId: number, secret: string) => string;
  /** undefined: it was sealed with another key, for somebody else, or is damaged. */
  readonly open: (ownerId: number, sealed: string) => string | undefined;
}

const CIPHER = 'aes-256-gcm';
/** What GCM is made for (NIST SP 800-38D, 8.2). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Says how it was sealed, for a later version that does it otherwise. */
const VERSION = '1.';

const about = (ownerId: number): Buffer => Buffer.from(`user:${ownerId}`);

const seal = (key: Buffer, ownerId: number, secret: string): string => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(about(ownerId));
  const hidden = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return `${VERSION}${Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64url')}`;
};

const open = (key: Buffer, ownerId: number, sealed: string): string | undefined => {
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
  if (!sealed.startsWith(VERSION) || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(about(ownerId));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const secret = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(secret).toString('utf8');
  } catch {
    // The tag does not fit: that is all there is to know.
    return undefined;
  }
};

/** AES-256-GCM with a nonce for each, and its owner as what it belongs to. The key is that of words, or of a file. */
export const createVault = (options: SecretKeyOptions): Vault => {
  const key = createSecretKey(options);
  return {
    ...createAddressSeals(key),
    seal: (ownerId, secret) => seal(key.toSeal(), ownerId, secret),
    open: (ownerId, sealed) => {
      const used = key.toOpen();
      return used && open(used, ownerId, sealed);
    },
  };
};
