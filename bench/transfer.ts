/**
 * hubgram against the programs people use instead, on this machine, and prints a table:
 *
 *     npm run bench [-- --scenario=A,D] [--peers=hubgram,aria2c] [--runs=3]
 *
 * A Hub of its own on loopback; the files lie beside the clone, in `data/bench`, and are deleted. Peers take turns, so that
 * a busy minute of the machine meets all of them; whoever takes longer than half a minute runs once.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './transfer/figures.ts';
import { measure, type Measured, type RunningHub, startHub } from './transfer/measure.ts';
import { certificate, type Peer, peersFor } from './transfer/peers.ts';
import { type Scenario, SCENARIOS } from './transfer/scenarios.ts';

const LONG_S = 30;
/** What a run of fewer bytes leaves behind is deleted when all are through. */
const LITTLE = 2 ** 28;
const WARM = Buffer.alloc(4 * 2 ** 20, 1);

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: SCENARIOS.map(({ name }) => name).join(',') },
    peers: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
  },
});
const runs = Number(values.runs);
const chosen = SCENARIOS.filter(({ name }) => values.scenario.split(',').includes(name));
const wanted = values.peers.split(',');
const work = join(import.meta.dirname, '../data/bench');
const COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/hubgram');

/** What hubgram says of itself. */
interface Inside {
  readonly startMs: number;
  readonly idleMb: number;
  readonly peakMb: number;
  readonly delayP99Ms: number;
}

const makeCertificate = (): void => {
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${join(work, 'key.pem')} -out ${join(work, 'cert.pem')}`.split(
      ' ',
    ),
  );
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${String(made.stderr)}`);
};

const show = (number: number): string => number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);

const insideOf = ({ output }: Measured): Inside => JSON.parse(output) as Inside;

const rowOf = (peer: Peer, measured: readonly Measured[], bytes: number, baseS: number): string => {
  const wallS = median(measured.map((one) => one.wallS));
  const cpuS = median(measured.map((one) => one.cpuS));
  const cells = [
    peer.name,
    peer.verifies ? 'yes' : 'no',
    show(wallS),
    show(bytes / 1e6 / wallS),
    `${show(wallS / baseS)} ×`,
    show(cpuS),
    show((cpuS / bytes) * 1e9),
    show(median(measured.map((one) => one.peakMb))),
    peer.isOurs ? show(median(measured.map((one) => insideOf(one).peakMb - insideOf(one).idleMb))) : '',
    peer.isOurs ? show(median(measured.map((one) => insideOf(one).delayP99Ms))) : '',
    String(measured.length),
  ];
  return `| ${cells.join(' | ')} |`;
};

/**
 * Writes so many bytes and deletes them: a virtual machine that gave free memory back to its host pays for every page that
 * it uses again, and whoever ran first would pay for all.
 */
const warmMemory = (bytes: number): void => {
  const path = join(work, 'warm');
  const file = openSync(path, 'w');
  for (let left = bytes; left > 0; left -= WARM.length) writeSync(file, WARM);
  closeSync(file);
  rmSync(path);
};

const runOnce = async (scenario: Scenario, peer: Peer, hub: RunningHub): Promise<Measured> => {
  const folder = mkdtempSync(join(work, 'run-'));
  const bytes = hub.files.reduce((sum, { size }) => sum + size, 0);
  warmMemory(bytes + 2 ** 28);
  // As src/main.ts has it; for all that run on Node.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate(folder), NODE_COMPILE_CACHE: COMPILE_CACHE };
  const measured = await measure(peer.command(hub, folder), { cwd: folder, env });
  process.stderr.write(`${scenario.name} ${peer.name}: ${measured.wallS.toFixed(2)} s ${measured.output.trim()}\n`);
  // ext4 without a journal looks past whatever was deleted in the last minutes for each new file: whoever runs after
  // thousands of deletions would pay for them (fs/ext4/ialloc.c, recently_deleted).
  if (bytes > LITTLE) rmSync(folder, { recursive: true, force: true });
  return measured;
};

const runScenario = async (scenario: Scenario): Promise<void> => {
  const { peers, missing } = peersFor(scenario);
  const running = peers.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
  const hub = await startHub(scenario.name, work);
  const results = new Map<Peer, Measured[]>(running.map((peer) => [peer, []]));
  const bytes = hub.files.reduce((sum, { size }) => sum + size, 0);
  try {
    for (let round = 0; round < runs; round += 1) {
      const quick = [...results].filter(([, before]) => before.every(({ wallS }) => wallS <= LONG_S));
      for (const [peer, before] of quick) before.push(await runOnce(scenario, peer, hub));
    }
  } finally {
    await hub.stop();
  }
  const base = running.find(({ isOurs }) => isOurs) ?? running[0];
  const baseS = median((base ? results.get(base) : [])?.map(({ wallS }) => wallS) ?? []);
  console.log(`\n**${scenario.name}**: ${scenario.title}\n`);
  console.log('| | verifies | s | MB/s | time | CPU s | CPU s/GB | peak MB | above idle | loop p99 ms | runs |');
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const peer of running) console.log(rowOf(peer, results.get(peer) ?? [], bytes, baseS));
  if (missing.length > 0) console.log(`\nNot installed, so left out: ${missing.join(', ')}.`);
};

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
try {
  makeCertificate();
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}, Node ${process.version}; medians`);
  for (const scenario of chosen) await runScenario(scenario);
} finally {
  rmSync(work, { recursive: true, force: true });
}
