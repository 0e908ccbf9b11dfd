import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const VERSION = manifest.version;

/** How hubgram names itself to the Hub: name/version, as the Hub asks of its clients. */
export const userAgent = `hubgram/${VERSION}; node/${process.versions.node}`;
