import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineRepo, type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';

/** The one that bench/transfer/hubgram.ts fetches. */
const ID = 'bench/model';
const PROGRAM = join(import.meta.dirname, '../transfer/hubgram.ts');
const CONNECTIONS = '8';

type Spec = Parameters<typeof defineRepo>[0];
export type Parts = NonNullable<Spec['files'][number]['parts']>;

/** What that program prints of itself. */
export interface Figures {
  /** From the list of files to the published copy. */
  readonly transferMs: number;
  /** Seconds of the processor, the start included. */
  readonly cpu: number;
}

/** A file in a repository, and the program that fetches it. */
export interface Update {
  readonly hub: SampleHub;
  /** Where the program is told to put things. */
  readonly folder: string;
  readonly start: () => ChildProcess;
  /** Runs it to its end. @throws if it fails */
  readonly run: () => Promise<Figures>;
  /** A commit with other bytes. */
  readonly move: (parts: Parts) => Promise<void>;
  /** As if that commit had never been fetched: the one before it lies here. */
  readonly forget: () => Promise<void>;
  /** Whether what lies here has the SHA-256 that the Hub names. */
  readonly isRight: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export const openUpdate = async (
  path: string,
  parts: Parts,
  { xet = 'chunks', ...options }: SampleHubOptions & Pick<Spec, 'xet'> = {},
): Promise<Update> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-bench-chunks-'));
  const repos = [defineRepo({ id: ID, xet, files: [{ path, parts }] })];
  const hub = await startSampleHub({ repos, ...options });
  /** A list of files names their hashes: of a large one that takes longer than anybody waits for an answer. */
  const ready = async (): Promise<void> => {
    await hub.stored(ID);
    for (const file of hub.commitOf(ID).files) file.etag();
  };
  await ready();
  const repoFolder = join(folder, 'hub/models--bench--model');
  let before = '';
  const start = (): ChildProcess =>
    spawn(process.execPath, [PROGRAM, hub.url, folder, CONNECTIONS], { stdio: ['ignore', 'pipe', 'inherit'] });
  return {
    hub,
    folder,
    start,
    run: async () => {
      const child = start();
      let printed = '';
      child.stdout?.on('data', (text: Buffer) => {
        printed += text.toString();
      });
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`The program ended with ${code}`);
      return JSON.parse(printed) as Figures;
    },
    move: async (moved) => {
      before = hub.commitOf(ID).id;
      hub.updateRepo(ID, { files: [{ path, parts: moved }] });
      await ready();
    },
    forget: async () => {
      const {
        id,
        files: [file],
      } = hub.commitOf(ID);
      for (const place of [`blobs/${file?.etag()}`, `snapshots/${id}`])
        await rm(join(repoFolder, place), { recursive: true });
      await writeFile(join(repoFolder, 'refs/main'), before);
    },
    isRight: async () => {
      const { id, files } = hub.commitOf(ID);
      const hash = createHash('sha256');
      const place = join(repoFolder, 'snapshots', id, path);
      for await (const piece of createReadStream(place)) hash.update(piece as Buffer);
      return hash.digest('hex') === files[0]?.etag();
    },
    close: async () => {
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Of all hosts together, since a request. */
export const sentSince = (hub: SampleHub, since: number): number =>
  Object.values(hub.traffic(since)).reduce((sum, { bytes }) => sum + bytes, 0);
