import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { measure, type Measured, type RunningHub } from './measure.ts';
import { certificate, type Peer } from './peers.ts';
import type { Scenario } from './scenarios.ts';

/** What a run of fewer bytes leaves behind is deleted when all are through. */
const LITTLE = 2 ** 28;
const WARM = Buffer.alloc(4 * 2 ** 20, 1);
const COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/hubgram');

/** What the bench's Hub shows of itself over TLS. @param work the bench's folder */
export const makeCertificate = (work: string): void => {
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${join(work, 'key.pem')} -out ${join(work, 'cert.pem')}`.split(
      ' ',
    ),
  );
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${String(made.stderr)}`);
};

/**
 * Writes so many bytes and deletes them: a virtual machine that gave free memory back to its host pays for every page that
 * it uses again, and whoever ran first would pay for all.
 */
const warmMemory = (work: string, bytes: number): void => {
  const path = join(work, 'warm');
  const file = openSync(path, 'w');
  for (let left = bytes; left > 0; left -= WARM.length) writeSync(file, WARM);
  closeSync(file);
  rmSync(path);
};

interface Place {
  readonly hub: RunningHub;
  /** The bench's folder. */
  readonly work: string;
  /** After so many seconds it is ended. */
  readonly longestS: number;
}

/** One program, once, with a folder of its own below the bench's. */
export const runOnce = async (scenario: Scenario, peer: Peer, { hub, work, longestS }: Place): Promise<Measured> => {
  const folder = mkdtempSync(join(work, 'run-'));
  const bytes = hub.files.reduce((sum, { size }) => sum + size, 0);
  warmMemory(work, bytes + 2 ** 28);
  // As src/start.mjs has it; for all that run on Node.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate(folder), NODE_COMPILE_CACHE: COMPILE_CACHE };
  const measured = await measure(peer.command(hub, folder), { cwd: folder, env, longestS });
  process.stderr.write(`${scenario.name} ${peer.name}: ${measured.wallS.toFixed(2)} s ${measured.output.trim()}\n`);
  // ext4 without a journal looks past whatever was deleted in the last minutes for each new file: whoever runs after
  // thousands of deletions would pay for them (fs/ext4/ialloc.c, recently_deleted).
  if (bytes > LITTLE) rmSync(folder, { recursive: true, force: true });
  return measured;
};
