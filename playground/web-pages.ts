import type { IncomingHttpHeaders } from 'node:http';

/** Another name for this machine in `Host` is that of a page elsewhere which lets its own name lead here (DNS rebinding). */
export const isLoopback = (host: string | undefined): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');

/**
 * Whether a browser asks for a page of another origin, another port of this machine among them. Programs do not say where they come from,
 * nor does who types an address.
 */
export const isOfOtherPage = ({ host, origin, 'sec-fetch-site': site = 'none' }: IncomingHttpHeaders): boolean =>
  (origin !== undefined && origin !== `http://${host}`) || !['none', 'same-origin'].includes(String(site));
