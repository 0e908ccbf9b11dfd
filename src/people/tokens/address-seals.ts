import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { changeKeys, isSealed, openKeys, SEALED_MARK } from '../../domain/repo/address-keys.ts';
import type { SecretKey } from './secret-key.ts';

/** Seals keys in addresses, each in its place: what is left may be read, compared and shown. */
export interface AddressSeals {
  /** The same address as it may be written down; one that was sealed stays as it is. @throws AppError operational: there is no key */
  readonly sealAddress: (address: string) => string;
  /** The address to be asked. @throws AppError forbidden: it was sealed with another key, or for another address */
  readonly openAddress: (address: string) => string;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const OPTIONS = { authTagLength: TAG_BYTES };

/** Keys of their own: nonces of tokens are random, and these are not. */
const keysOf = (key: Buffer): { readonly cipher: Buffer; readonly nonce: Buffer } => {
  const bytes = Buffer.from(hkdfSync('sha256', key, '', 'hubgram keys in addresses', 2 * KEY_BYTES));
  return { cipher: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) };
};

/**
 * The same for the same key in the same place, so that an address that is sent twice is one: the nonce is made of what is sealed, as
 * in SIV (RFC 5297). All that tells is that it was the same.
 */
const seal = (key: Buffer, value: string, about: string): string => {
  const { cipher: own, nonce: of } = keysOf(key);
  const nonce = createHmac('sha256', of).update(`${about}\0${value}`).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, own, nonce, OPTIONS).setAAD(Buffer.from(`address:${about}`));
  const hidden = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return `${SEALED_MARK}${Buffer.concat([nonce, cipher.getAuthTag(), hidden]).toString('base64url')}`;
};

const open = (key: Buffer, sealed: string, about: string): string | undefined => {
  const bytes = Buffer.from(sealed.slice(SEALED_MARK.length), 'base64url');
  const decipher = createDecipheriv(CIPHER, keysOf(key).cipher, bytes.subarray(0, NONCE_BYTES), OPTIONS);
  decipher.setAAD(Buffer.from(`address:${about}`)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    // The tag does not fit: that is all there is to know.
    return undefined;
  }
};

/** A key that is sealed means something at one address only: nobody can have it sent elsewhere. */
export const createAddressSeals = (secret: SecretKey): AddressSeals => ({
  sealAddress: (address) =>
    changeKeys(address, (value, about) => {
      const key = secret.toSeal();
      // What somebody has typed in that form is sealed once more.
      return isSealed(value) && open(key, value, about) !== undefined ? value : seal(key, value, about);
    }),
  openAddress: (address) =>
    openKeys(address, (value, about) => {
      const key = secret.toOpen();
      const opened = key && open(key, value, about);
      if (opened !== undefined) return opened;
      throw new AppError(
        'forbidden',
        'The key in its address cannot be read any more: it was sealed with another secret key than this machine has. Add the file again, by its whole address.',
      );
    }),
});
