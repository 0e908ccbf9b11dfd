const ALLOWED = new Set(['http:', 'https:', 'tg:']);

/**
 * Where a link of a message may lead: http, https and tg only. A bare `huggingface.co/gpt2` is read as https.
 * @param {string | undefined} text
 * @returns undefined for anything else (`javascript:`, `data:`, nonsense): show the text, do not link it
 */
export const safeUrl = (text) => {
  const trimmed = (text ?? '').trim();
  const withScheme =
    /^[a-z][a-z0-9+.-]*:/i.test(trimmed) && !/^[\w.-]+:\d/.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url = URL.parse(withScheme);
  if (!url || !ALLOWED.has(url.protocol)) return undefined;
  if (url.protocol !== 'tg:' && !url.hostname) return undefined;
  return url.href;
};

/**
 * The `start` parameter, if a link is a deep link to this bot (`https://t.me/<bot>?start=…`, `tg://resolve?domain=<bot>`):
 * such a link opens the private chat here instead of a Telegram client.
 * @param {string} href
 * @param {string} botUsername
 * @returns undefined if it leads elsewhere; '' for a link without a parameter
 */
export const startParameter = (href, botUsername) => {
  const url = URL.parse(href);
  if (!url) return undefined;
  const isWeb = (url.hostname === 't.me' || url.hostname === 'telegram.me') && url.protocol !== 'tg:';
  const name = isWeb ? url.pathname.slice(1) : url.protocol === 'tg:' ? url.searchParams.get('domain') : undefined;
  if (!name || name.toLowerCase() !== botUsername.toLowerCase()) return undefined;
  return url.searchParams.get('start') ?? '';
};

/**
 * Attributes of a link that leaves the page.
 * @param {string} href
 */
export const outward = (href) => ({ href, target: '_blank', rel: 'noopener noreferrer', title: href });
