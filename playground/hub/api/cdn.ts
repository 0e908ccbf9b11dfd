import { type Answer, Refusal } from '../http/answer.ts';
import type { HubRequest } from '../http/hub-request.ts';
import type { CdnEntry, RepoIndex } from '../repos/repo-index.ts';
import type { Cas } from '../cas/cas.ts';
import type { Signing } from './signing.ts';

const xml = (status: number, code: string, message: string): Refusal =>
  new Refusal({
    status,
    headers: { 'Content-Type': 'application/xml', Server: 'CloudFront' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  });

/** What a signed URL answers once its time is over. */
export const expired = (): Refusal => xml(403, 'AccessDenied', 'Access denied');

/** `/xet-bridge-us/{object id}/{xet hash}`: undefined if nothing has these bytes. */
export const findOnCdn = (repos: RepoIndex, request: Pick<HubRequest, 'parts'>): CdnEntry | undefined => {
  const [bridge, objectId = '', xetHash = ''] = request.parts;
  return bridge === 'xet-bridge-us' ? repos.byHash(objectId, xetHash) : undefined;
};

export interface CdnParts {
  readonly repos: RepoIndex;
  readonly signing: Signing;
  readonly cas: Pick<Cas, 'xorb'>;
}

/** The CDN knows no accounts: the signature is all it looks at. Its ETag is the Xet hash, not the file's SHA-256. */
export const cdnAnswer = ({ repos, signing, cas }: CdnParts, request: HubRequest): Answer => {
  const [path = ''] = request.target.split('?');
  if (!signing.isValid(path, request.query)) throw expired();
  if (request.parts[0] === 'xorbs') return cas.xorb(request) ?? expired().answer;
  const entry = findOnCdn(repos, request);
  if (!entry) throw xml(404, 'NoSuchKey', 'The specified key does not exist.');
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Accept-Ranges': 'bytes',
      ETag: `"${entry.file.xetHash()}"`,
      'Content-Disposition': request.query.get('response-content-disposition') ?? 'inline',
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Cache': 'Hit from cloudfront',
      'X-HF-CDN-Pop': 'sample',
    },
    file: entry.file,
  };
};
