// hubgram's whole way to a copy as a process of its own: inspect, transfer, publish; everything verified. (The whole bot, with
// its database, is in bench/bot.ts.)
// Arguments: endpoint, cache folder, connections; then, to be limited, how many seconds each limit lasts, and limits in bytes
// per second. Prints one line of JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { createCopies } from '../../src/copies/copies.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { ownPeakMb } from './own-peak.ts';

const [endpoint = '', folder = '', connections = '16'] = process.argv.slice(2);
const [limitS = 0, ...limits] = process.argv.slice(5).map(Number);
const RESOLUTION_MS = 5;
const userAgent = 'hubgram/bench';
const id = 'bench/model';
const hub = createHub({ endpoint, userAgent, clock });
const copies = createCopies({
  sources: { hub },
  egress: createEgress({ endpoints: [endpoint], allowedHosts: [] }),
  cacheDir: join(folder, 'hub'),
  connections: Number(connections),
  userAgent,
  stallTimeoutMs: () => 30_000,
  bandwidthLimit: () => limits[Math.min(limits.length - 1, Math.floor(performance.now() / 1000 / limitS))],
  minFreeBytes: () => 0,
  clock,
});
const idle = process.memoryUsage().rss;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const { signal } = new AbortController();
const listing = await hub.inspect({ type: 'model', id }, signal);
const inspected = performance.now();
const { commit, files } = listing;
await copies.start(
  {
    source: 'hub',
    type: 'model',
    id,
    commit,
    revision: 'main',
    files,
  },
  signal,
).done;
delay.disable();
const published = performance.now();
await copies.close();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(
  JSON.stringify({
    startMs: inspected,
    transferMs: published - inspected,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    idleMb: idle / 1e6,
    peakMb: ownPeakMb('self'),
    delayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
  }),
);
