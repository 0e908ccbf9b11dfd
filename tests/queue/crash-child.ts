import { join } from 'node:path';
import { onlyHere } from '../../src/copies/hosts.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { openStore } from '../../src/store/store.ts';
import { copiesFor } from './setup.ts';
import { openQuotas } from '../helpers/quotas.ts';

/* A process of its own with a queue, to be killed: `node crash-child.ts FOLDER HUB`. Ends when nothing is left to do. */

const [, , folder = '', endpoint = ''] = process.argv;
const clock = systemClock;
const store = openStore(join(folder, 'hubgram.db'), { clock });
const source = createHub({ endpoint, userAgent: 'hubgram/test', clock });
const copies = copiesFor(join(folder, 'hub'), source, clock);
const queue = createQueue(
  {
    store,
    source,
    hosts: onlyHere(copies),
    quotas: openQuotas(store),
    apps: [],
    clock,
    log: silentLog,
    random: () => 0,
  },
  { concurrency: () => 2, maxRetries: () => 5, minFreeBytes: () => 0, maxTotalBytes: () => undefined },
);
queue.start();
const timer = setInterval(() => {
  if (store.models.getModelsByStatus('completed').length === 0) return;
  clearInterval(timer);
  void queue
    .close()
    .then(() => copies.close())
    .then(() => store.close());
}, 50);
