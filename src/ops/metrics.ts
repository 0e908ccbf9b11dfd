import { MODEL_STATUSES } from '../domain/states/model.ts';
import type { Metric } from './exposition.ts';
import type { Refusals } from '../people/refusals.ts';
import type { Store } from '../store/store.ts';

/** What Prometheus is told: the library by status, what people were refused, and how the process is. */
export const measure = (store: Store, refusals: Pick<Refusals, 'counts'>): Metric[] => {
  const { rss } = process.memoryUsage();
  return [
    {
      name: 'hubgram_models',
      help: 'Models in all libraries, by status.',
      type: 'gauge',
      samples: MODEL_STATUSES.map((status) => ({ value: store.models.countByStatus(status), labels: { status } })),
    },
    {
      name: 'hubgram_refused_total',
      help: 'What was not done for who asked for it, by reason, since the start.',
      type: 'counter',
      samples: Object.entries(refusals.counts()).map(([reason, value]) => ({ value, labels: { reason } })),
    },
    {
      name: 'hubgram_resident_memory_bytes',
      help: 'Memory that the process holds.',
      type: 'gauge',
      samples: [{ value: rss }],
    },
  ];
};
