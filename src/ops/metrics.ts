import { MODEL_STATUSES } from '../domain/states/model.ts';
import type { Metric } from './exposition.ts';
import type { Store } from '../store/store.ts';

/** What Prometheus is told: the library by status, and how the process is. */
export const measure = (store: Store): Metric[] => {
  const { rss } = process.memoryUsage();
  return [
    {
      name: 'hubgram_models',
      help: 'Models in all libraries, by status.',
      type: 'gauge',
      samples: MODEL_STATUSES.map((status) => ({ value: store.models.countByStatus(status), labels: { status } })),
    },
    {
      name: 'hubgram_resident_memory_bytes',
      help: 'Memory that the process holds.',
      type: 'gauge',
      samples: [{ value: rss }],
    },
  ];
};
