import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** Takes datagrams as systemd does, and prints each on a line. Perl is on every Debian, and Node has no such sockets. */
const LISTENER = `
  my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
  $| = 1;
  print "listening\\n";
  while (defined $socket->recv(my $told, 4096)) { $told =~ s/\\n/ /g; print "$told\\n"; }`;

/** The end of systemd at which `systemd-notify` reports. */
export interface StandInSystemd {
  readonly socket: string;
  /** What has come, oldest first. */
  readonly heard: readonly string[];
  /** Waits until something has come that fits. */
  readonly hears: (word: string | RegExp) => Promise<void>;
}

/** Listens until the end of the test. */
export const openSystemd = async (): Promise<StandInSystemd> => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-'));
  const socket = join(folder, 'notify');
  const child = spawn('perl', ['-MSocket', '-MIO::Socket::UNIX', '-e', LISTENER, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  const heard: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (output + chunk).split('\n');
    output = lines.pop() ?? '';
    // A barrier asks only to be let go of.
    heard.push(...lines.filter((line) => line !== 'listening' && !line.startsWith('BARRIER=')));
  });
  await expect.poll(() => existsSync(socket)).toBe(true);
  return {
    socket,
    heard,
    hears: (word) =>
      expect
        .poll(() => heard.some((line) => (typeof word === 'string' ? line.includes(word) : word.test(line))), {
          message: String(word),
        })
        .toBe(true),
  };
};
