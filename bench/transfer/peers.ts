import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningHub } from './measure.ts';
import type { Scenario } from './scenarios.ts';

/** A program that downloads a scenario's files into a folder. */
export interface Peer {
  readonly name: string;
  /** hubgram itself; the others are compared with it. */
  readonly isOurs: boolean;
  readonly verifies: boolean;
  /** The command, with what it needs written into the folder. */
  readonly command: (hub: RunningHub, folder: string) => string[];
}

const here = import.meta.dirname;

const urlOf = (hub: RunningHub, path: string): string => `${hub.endpoint}/${hub.id}/resolve/${hub.commit}/${path}`;

const aria2cList = (hub: RunningHub, folder: string, checksum: boolean): string => {
  const list = join(folder, 'aria2c.txt');
  const lines = hub.files.map(({ path, etag, isLfs }) =>
    [urlOf(hub, path), `  out=${path}`, ...(checksum && isLfs ? [`  checksum=sha-256=${etag}`] : [])].join('\n'),
  );
  writeFileSync(list, `${lines.join('\n')}\n`);
  return list;
};

const aria2c = (name: string, more: readonly string[], checksum = false): Peer => ({
  name,
  isOurs: false,
  verifies: checksum,
  command: (hub, folder) => [
    'aria2c',
    '-q',
    ...more,
    '-x16',
    '-s16',
    '-k1M',
    ...(hub.endpoint.startsWith('https') ? [`--ca-certificate=${certificate(folder)}`] : []),
    ...(checksum ? ['-V'] : []),
    '-d',
    join(folder, 'aria2c'),
    '-i',
    aria2cList(hub, folder, checksum),
  ],
});

/** The certificate lies beside the folders of the runs. */
export const certificate = (folder: string): string => join(folder, '..', 'cert.pem');

const curl = (name: string, more: readonly string[]): Peer => ({
  name,
  isOurs: false,
  verifies: false,
  command: (hub, folder) => {
    const config = join(folder, 'curl.txt');
    const lines = hub.files.map(({ path }) => `url = "${urlOf(hub, path)}"\noutput = "curl/${path}"`);
    writeFileSync(config, `${lines.join('\n')}\n`);
    const trust = hub.endpoint.startsWith('https') ? ['--cacert', certificate(folder)] : [];
    return ['curl', '-sSfL', '--create-dirs', ...trust, ...more, '-K', config];
  },
});

/** The files of one folder, and what the program that hashes them must say of them. */
const writeSums = (hub: RunningHub, folder: string, line: (etag: string, path: string) => string): void =>
  writeFileSync(join(folder, 'sums.txt'), hub.files.map(({ etag, path }) => `${line(etag, path)}\n`).join(''));

/** Whoever fetches with curl and wants to know what came; by coreutils, and by the instructions that processors have for it. */
const HASHERS = {
  sha256sum: { script: 'sha256sum --quiet -c ../sums.txt', line: (etag: string, path: string) => `${etag}  ${path}` },
  openssl: {
    script: 'openssl dgst -sha256 -r * | diff - ../sums.txt',
    line: (etag: string, path: string) => `${etag} *${path}`,
  },
};

const verifying = (plain: Peer, hasher: keyof typeof HASHERS): Peer => ({
  name: `curl, then ${hasher}`,
  isOurs: false,
  verifies: true,
  command: (hub, folder) => {
    const { script, line } = HASHERS[hasher];
    writeSums(hub, folder, line);
    return ['bash', '-c', `"$@" && cd curl && ${script}`, 'bash', ...plain.command(hub, folder)];
  },
});

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Whom hubgram is compared with, hubgram first, and who was left out. */
export const peersFor = (scenario: Scenario): { readonly peers: Peer[]; readonly missing: string[] } => {
  const ours = scenario.connections.map((connections) => ({
    name: `hubgram, ${connections} connections`,
    isOurs: true,
    verifies: true,
    command: (hub: RunningHub, folder: string) => [
      process.execPath,
      // As `npm start` has it.
      '--min-semi-space-size=8',
      '--max-semi-space-size=8',
      '--import',
      join(here, '../../src/own-sources.mjs'),
      `${here}/hubgram.ts`,
      hub.endpoint,
      folder,
      String(connections),
    ],
  }));
  const plain = curl('curl', []);
  const others = {
    aria2c: [
      aria2c('aria2c -x16 -s16 -j8', ['-j8']),
      ...(scenario.name === 'A' ? [aria2c('aria2c -x16 -s16 -j8 --checksum', ['-j8'], true)] : []),
    ],
    curl: [
      plain,
      curl('curl -Z', ['-Z', '--parallel-max', '50']),
      ...(scenario.name === 'A' ? [verifying(plain, 'sha256sum'), verifying(plain, 'openssl')] : []),
    ],
  };
  const library: Peer = {
    name: '@huggingface/hub',
    isOurs: false,
    verifies: false,
    command: (hub, folder) => [process.execPath, `${here}/hf-hub.ts`, hub.endpoint, join(folder, 'hf-hub')],
  };
  const programs = Object.keys(others) as (keyof typeof others)[];
  return {
    peers: [...ours, ...programs.filter(isThere).flatMap((program) => others[program]), library],
    missing: programs.filter((program) => !isThere(program)),
  };
};
