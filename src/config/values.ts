import { z } from 'zod';
import { flag } from '../domain/settings/form.ts';
import { parseNetwork } from '../lib/net/addresses.ts';

/** Text that a rule of ours takes, as it stands. */
export const accepted = (accepts: (value: string) => boolean) => z.string().refine(accepts);

const SWITCH = flag(['true', 'false']);

/** On or off, in any of the words for it. */
export const switched = accepted(SWITCH.accepts).transform(SWITCH.read);

/** 0 asks the system for any free one. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));

/** What to listen on: a name or an address. */
export const hostName = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/);

const isServerUrl = (text: string): boolean => {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username + password + search + hash === '';
};

/** A server's address, without slashes at the end. */
export const serverUrl = accepted(isServerUrl).transform((text) => text.replace(/\/+$/, ''));

const isWebhookUrl = (text: string): boolean => /^[\x21-\x7e]{1,2000}$/.test(text) && isServerUrl(text);

/** Where something is sent to, path and all, as it is asked for on the way: `https://bot.example.org/telegram`. */
export const webhookUrl = accepted(isWebhookUrl).transform((text) => new URL(text).href);

/** A proxy's address, which may hold a name and a password. */
export const proxyUrl = accepted((text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text));

const isHost = (text: string): boolean => parseNetwork(text) !== undefined || /^(?!-)[\w-]+(?:\.[\w-]+)*$/.test(text);

/** Names, addresses and networks (`10.0.0.0/8`), comma-separated. */
export const hosts = z
  .string()
  .max(2000)
  .transform((text) => [...new Set(text.split(',').map((host) => host.trim().toLowerCase()))])
  .pipe(z.array(z.string().refine(isHost)));

/** No system knows a path with a zero in it, and Node throws what is no error of a disk. */
export const path = accepted((text) => text !== '' && !text.includes('\0'));

/** Folders, comma-separated. */
export const paths = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((folder) => folder.trim()))])
  .pipe(z.array(path));

/** Ids, comma-separated. They have at most 52 significant bits (core.telegram.org/bots/api, User.id). */
export const userIds = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((id) => id.trim()))])
  .pipe(
    z.array(
      z
        .string()
        .regex(/^[1-9]\d{0,15}$/)
        .transform(Number)
        .pipe(z.number().max(2 ** 52)),
    ),
  );
