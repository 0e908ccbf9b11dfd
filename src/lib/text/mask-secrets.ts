const MASK = '•';

/** As long as what it stands for: places in the text hold. */
export const masked = (secret: string): string => MASK.repeat(secret.length);

/** The forms of the Hub's tokens: those of people, of programs, and of times gone by. No name of a repository is like them. */
export const HUB_TOKEN =
  /(?<![A-Za-z0-9])(?:hf_(?:(?:oauth|jwt)_[\w.~-]{20,}|[A-Za-z0-9]{30,})|api_(?:org_)?[A-Za-z0-9]{30,})/g;
/** Of a bot of Telegram. No variant of a model has so long a name. */
const BOT_TOKEN = /(?<!\d)\d{8,20}(?::|%3a)[\w-]{30,}/gi;
/** What makes a signed URL work, by whoever signs. */
const SIGNED = /([?&](?:Signature|Policy|Key-Pair-Id|X-(?:Amz|Goog|Xet)-[a-z-]{1,40}|sig)=)([^&\s"'`<>\\]+)/gi;

/** An address whose keys were sealed: what else stands in it is no secret, and makes it work. */
const SEALED = 'sealed.1.';

/** A text without tokens of the Hub and of bots. */
export const maskTokens = (text: string): string => text.replace(HUB_TOKEN, masked).replace(BOT_TOKEN, masked);

/**
 * A text that somebody gave, as it may be written down and said again: tokens of the Hub and of bots and what makes a signed URL
 * work are hidden behind as many dots.
 */
export const maskSecrets = (text: string): string =>
  maskTokens(text).replace(/\S+/g, (word) =>
    word.includes(SEALED) ? word : word.replace(SIGNED, (_, name: string, value: string) => `${name}${masked(value)}`),
  );

/** A text in which somebody may read what of it was sealed: that says nothing, and is long. */
export const hideSealed = (text: string): string => text.replace(/sealed\.1\.[\w-]{38,}/g, '•••');
