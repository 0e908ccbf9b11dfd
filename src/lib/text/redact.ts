interface Rule {
  readonly secret: RegExp;
  readonly shown: string;
}

const RULES: readonly Rule[] = [
  // A Telegram bot token: bare, in the path `/bot<token>/method`, or with its colon percent-encoded.
  { secret: /(?<!sha\d{0,3})\d{1,20}(?::|%3A)[A-Za-z0-9_-]{30,}/gi, shown: '[bot token]' },
  // Whatever stands where a token stands in a Bot API path, even if it has not a token's shape.
  { secret: /\/bot\d{1,20}(?::|%3A)[^/\s"'`\\]+/gi, shown: '/bot[bot token]' },
  // A Hugging Face token of a program, and of times gone by.
  { secret: /hf_(?:oauth|jwt)_[\w.~-]+/g, shown: '[hf token]' },
  { secret: /(?<![A-Za-z0-9])api_(?:org_)?[A-Za-z0-9]{30,}/g, shown: '[hf token]' },
  // One of a person. The names of settings look alike (`hf_home`) and are no secret.
  { secret: /hf_(?!(?:home|hub|endpoint|token|transfer|xet)(?![A-Za-z0-9]))[A-Za-z0-9]+/g, shown: '[hf token]' },
  // What makes a signed URL work: CloudFront's (Signature, Policy, Key-Pair-Id), S3's and Google's (X-Amz-…, X-Goog-…), Azure's (sig).
  {
    secret: /\b(Signature|Policy|Key-Pair-Id|X-(?:Amz|Goog|Xet)-[A-Za-z-]{1,40}|sig)=[^&\s"'`<>\\]+/gi,
    shown: '$1=[signed]',
  },
  // A key in the address of a file: sites give out such links, and they are kept whole. Dots stand where it is hidden already.
  {
    secret: /([?&](?:(?:access_|auth_)?token|(?:api_?|access_?)?key|secret|password)=)[^&\s"'`<>\\•]+/gi,
    shown: '$1[hidden]',
  },
  // The same within another URL.
  {
    secret:
      /((?:\b|%(?:26|3f))(?:Signature|Policy|Key-Pair-Id|X-(?:Amz|Goog|Xet)-[A-Za-z-]{1,40}|sig)%3d)(?:(?!%26)[^&\s"'`<>\\])+/gi,
    shown: '$1[signed]',
  },
  { secret: /\bBearer(?:\s+|%20)[\w.~+/=-]{8,}/gi, shown: 'Bearer [hidden]' },
  // Long enough not to hide the word "authentication".
  { secret: /\bBasic(?:\s+|%20)[\w.~+/=-]{16,}/gi, shown: 'Basic [hidden]' },
  // An Authorization header of any scheme, as JSON, as JSON inside JSON, as `inspect` prints it, or raw.
  {
    secret: /\b((?:proxy-)?authorization\\*["']?\s*[:=,]\s*\\*["']?)(?!\s*(?:Bearer|Basic) \[)[^"'\\,;\r\n}\]]+/gi,
    shown: '$1[hidden]',
  },
  // `https://name:password@host`; a password with an @ in it ends at the last one, as for a browser.
  { secret: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/"'`\\]+@/gi, shown: '$1[hidden]@' },
];

/**
 * Hides what must not be read in a log or an error message: bot tokens, Hugging Face tokens, signatures of signed URLs,
 * Authorization headers and passwords in URLs. The last thing done to a text before it leaves the process.
 */
export const redact = (text: string): string =>
  RULES.reduce((hidden, { secret, shown }) => hidden.replace(secret, shown), text);
