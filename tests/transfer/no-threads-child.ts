import { cutInThread } from '../../src/transfer/chunks/cutting.ts';
import { createHasher } from '../../src/transfer/files/hasher.ts';

/* A process without threads: prints what comes of what they are for. */

const { signal } = new AbortController();
const lengths = await cutInThread({ path: import.meta.filename, stretches: [{ start: 0, bytes: 10 }] }, signal);
const hasher = createHasher();
let hashed = 'begun';
try {
  hasher.begin(import.meta.filename, 10, 'a'.repeat(64));
} catch (error) {
  const { code, message } = error as Error & { readonly code: string };
  hashed = `${code}: ${message}`;
}
await hasher.close();
process.stdout.write(JSON.stringify({ lengths: lengths ?? 'nobody knows', hashed }));
