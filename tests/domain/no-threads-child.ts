import { factsOfList } from '../../src/domain/files/listing-thread.ts';
import { readModelsApart } from '../../src/domain/moving/reading-thread.ts';

/* A process without threads: prints what comes of what is done in one because strangers may have written it. */

const { signal } = new AbortController();
const files = Array.from({ length: 4001 }, (_, at) => ({ path: `file-${at}.bin`, size: 1, etag: 'a'.repeat(40) }));
const works: Readonly<Record<string, () => Promise<unknown>>> = {
  listing: () => factsOfList(files, signal),
  reading: () => readModelsApart({ text: 'org/name\n'.repeat(3000), hosts: [] }, signal),
};
const came: Record<string, string> = {};
for (const [name, work] of Object.entries(works)) {
  try {
    await work();
    came[name] = 'done';
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    came[name] = `${code}: ${message}`;
  }
}
process.stdout.write(JSON.stringify(came));
