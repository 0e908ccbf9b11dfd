// A program of its own that downloads one repository and is killed in the middle by crash.test.ts.
// Arguments: the Hub's address, the cache, the repository, its commit, its files as JSON.
import { createHub } from '../../src/sources/huggingface/hub.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createCopies } from '../../src/copies/copies.ts';
import { createEgress } from '../../src/lib/net/egress.ts';

const [endpoint = '', cacheDir = '', id = '', commit = '', filesText = '[]'] = process.argv.slice(2);
const hub = createHub({ endpoint, userAgent: 'hubgram/test', clock: systemClock });
const copies = createCopies({
  sources: { hub },
  egress: createEgress({ endpoints: [endpoint], allowedHosts: [] }),
  cacheDir,
  connections: 4,
  userAgent: 'hubgram/test',
  stallTimeoutMs: () => 5000,
  bandwidthLimit: () => undefined,
  minFreeBytes: () => 0,
  clock: systemClock,
});

await copies.start(
  {
    source: 'hub',
    type: 'model',
    id,
    commit,
    revision: 'main',
    files: JSON.parse(filesText) as RepoFile[],
  },
  new AbortController().signal,
).done;
await copies.close();
