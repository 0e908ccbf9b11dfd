import { ADDRESS_BEGIN, type WrittenType, writtenTypeOf } from './source-type.ts';

/**
 * Keys in addresses: the values of parameters that let their bearer in, and what trackers of torrents know their people by. They stand
 * in rows sealed, each in its place (docs/decisions/0043): the rest of the address may be read, compared and shown.
 */

/** Of a parameter that lets its bearer in, as far as names tell; of a store's signature, all that belongs to it. */
const SECRET_NAME =
  /token|key|secret|sig|auth|pass|credential|policy|session|jwt|code|hash|hmac|^x-(?:amz|goog|oss|cos|tos|obs|bce|xet)-/i;
/** Values that long are seldom for people to read. */
const LONG = 24;
const UNREADABLE = /^[\w.~+/=%-]+$/;

/** A key that was sealed, with how that was done: for a nonce and a tag of 28 bytes and a letter there are 39 characters. */
const SEALED = /^sealed\.1\.([\w-]{38,})$/;
/** Stands before what was sealed. */
export const SEALED_MARK = 'sealed.1.';

/** What is done with a key. @param about where in which address it stands: there alone it means something */
type Change = (key: string, about: string) => string;

/** Whether it stands for a key that was sealed, as far as its form tells. */
export const isSealed = (value: string): boolean => SEALED.test(value);

/** How long an address was before its keys were sealed. */
export const typedLength = (address: string): number =>
  address.length -
  [...address.matchAll(/sealed\.1\.([\w-]{38,})/g)].reduce(
    (sum, [whole, hidden = '']) => sum + whole.length - (Math.floor((hidden.length * 3) / 4) - 28),
    0,
  );

/** What stands for a secret that was hidden for good. */
const isMasked = (value: string): boolean => /^(?:•|%E2%80%A2)+$/i.test(value);

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

const isKey = (name: string, value: string): boolean =>
  value !== '' && !isMasked(value) && (SECRET_NAME.test(name) || (value.length >= LONG && UNREADABLE.test(value)));

const inWebAddress = (address: string, change: Change): string => {
  const url = URL.parse(address);
  const [, before = '', query = '', after = ''] = /^([^?#]*)\?([^#]*)(.*)$/s.exec(address) ?? [];
  if (!url || query === '') return address;
  const parts = query.split('&').map((part) => {
    const at = part.indexOf('=');
    // Without a name it is a key if it looks like one.
    const [name, value] = at < 0 ? ['', part] : [part.slice(0, at), part.slice(at + 1)];
    const isOne = at < 0 ? value.length >= LONG && UNREADABLE.test(value) : isKey(decoded(name) || 'key', value);
    if (!isOne) return part;
    const changed = change(value, `${url.protocol}//${url.host}${url.pathname}?${decoded(name)}`);
    return at < 0 ? changed : `${name}=${changed}`;
  });
  return `${before}?${parts.join('&')}${after}`;
};

/** Where every tracker has its door; what else stands in its address is for somebody. */
const DOOR = /^\/?(?:announce|scrape)?(?:\.php)?\/?$/i;

const inTracker = (tracker: string, change: Change): string => {
  const [, origin = '', rest = ''] = /^([a-z]+:\/\/[^/?#]+)\/?([^#]*)/i.exec(tracker) ?? [];
  return origin === '' || DOOR.test(rest) || isMasked(rest) ? tracker : `${origin}/${change(rest, `${origin}/`)}`;
};

const inMagnet = (address: string, change: Change): string => {
  const at = address.indexOf('?');
  const parts = address
    .slice(at + 1)
    .split('&')
    .map((part) => {
      const [name = '', ...value] = part.split('=');
      if (!/^tr(?:\.\d+)?$/i.test(name)) return part;
      const tracker = decoded(value.join('='));
      const changed = inTracker(tracker, change);
      return changed === tracker ? part : `${name}=${encodeURIComponent(changed)}`;
    });
  return `${address.slice(0, at + 1)}${parts.join('&')}`;
};

const KEYS_IN: Readonly<Record<WrittenType, (address: string, change: Change) => string>> = {
  direct: inWebAddress,
  torrent: inMagnet,
};

/** An address with something else in place of each of its keys; what is no address stays as it is. */
export const changeKeys = (address: string, change: Change): string => {
  const type = writtenTypeOf(address);
  return type === undefined ? address : KEYS_IN[type](address, change);
};

/** The same with what was sealed opened; what was not stays. @param open undefined: it does not open */
export const openKeys = (address: string, open: Change): string =>
  changeKeys(address, (key, about) => (isSealed(key) ? open(key, about) : key));

/** An address as far as a text goes on with it. */
const IN_TEXT = new RegExp(`${ADDRESS_BEGIN}[^\\s"'\`<>\\\\“”]+`, 'gi');
const PASSWORD = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#@\s:]*:)[^/?#@\s]+(?=@)/gi;
const HIDDEN = '•••';

/** A text as it may be written down and said again where no address in it is to be asked: their keys and passwords are hidden for good. */
export const hideKeys = (text: string): string =>
  text.replace(PASSWORD, `$1${HIDDEN}`).replace(IN_TEXT, (address) => changeKeys(address, () => HIDDEN));

/** Names by which stores sign their addresses for a while (AWS, Google, Aliyun, CloudFront), and those that everybody uses for keys. */
const SIGNING =
  /^(?:x-(?:amz|goog|oss|cos|tos|obs|bce|xet)-.*|(?:aws|oss)accesskeyid|googleaccessid|signature|policy|key-pair-id|security-token|sig|sign|token|access[_-]?token|api[_-]?key)$/i;
/** What stands beside a signature: until when it holds, and of Azure's what it is for. */
const BESIDE = /^(?:expires|sv|st|se|sr|sp|spr|sip|ss|srt|skoid|sktid|skt|ske|sks|skv)$/i;
const SIGNATURE = /^(?:x-(?:amz|goog|oss)-signature|signature|sig|sign)$/i;

/** Whether a store has signed it, so that it may run out. */
export const isSigned = ({ searchParams }: URL): boolean =>
  [...searchParams.keys()].some((name) => SIGNATURE.test(name));

/**
 * The same without what lets its bearer in by it: two addresses that differ in nothing else lead to one file, and so does the next one
 * that its site gives out. Of a torrent, its hash alone.
 */
export const withoutKeys = (address: string): string => {
  if (/^magnet:/i.test(address)) return `magnet:?${/xt=urn:btih:[0-9a-f]{40}/i.exec(address)?.[0] ?? ''}`;
  const [, before = '', query = ''] = /^([^?#]*)\?([^#]*)/s.exec(address) ?? [];
  const url = URL.parse(address);
  if (!url || query === '') return address;
  const signed = isSigned(url);
  const left = query.split('&').filter((part) => {
    const name = decoded(part.split('=')[0] ?? '');
    return !SIGNING.test(name) && !(signed && BESIDE.test(name));
  });
  return left.length > 0 ? `${before}?${left.join('&')}` : before;
};

const basicTime = (text: string): number => {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

/** Until when a signed address holds, in milliseconds since 1970; undefined: it does not say. */
export const holdsUntil = ({ searchParams }: URL): number | undefined => {
  const all = new Map([...searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const [, signer = ''] = [...all.keys()].map((name) => /^x-(amz|goog|oss)-signature$/.exec(name)).find(Boolean) ?? [];
  const seconds = Number(all.get(signer === '' ? 'expires' : `x-${signer}-expires`) ?? Number.NaN);
  const until =
    signer === ''
      ? Number.isNaN(seconds)
        ? Date.parse(all.get('se') ?? '')
        : seconds * 1000
      : basicTime(all.get(`x-${signer}-date`) ?? '') + seconds * 1000;
  return Number.isNaN(until) ? undefined : until;
};
