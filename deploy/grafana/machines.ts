import type { Row } from './panels.ts';
import { OF, rate } from './selectors.ts';

/** Machines on which models lie, that of the bot among them. */
export const MACHINES: Row = {
  title: 'Machines that models lie on',
  panels: [
    {
      kind: 'timeseries',
      title: 'There or away',
      description: '1 is there. What is wanted of one that is away waits, and goes on by itself.',
      unit: 'short',
      queries: [{ expr: `hubgram_host_up${OF}`, legend: '{{host}}' }],
    },
    {
      kind: 'timeseries',
      title: 'Speed of each',
      description: 'Bytes of models over its network, in a second, and how many models are downloaded there.',
      unit: 'Bps',
      queries: [
        { expr: rate(`hubgram_host_received_bytes_total${OF}`), legend: '{{host}}' },
        { expr: `hubgram_host_downloading_models${OF}`, legend: '{{host}}: models' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Disk of each',
      description: 'When it was heard of last.',
      unit: 'bytes',
      queries: [
        { expr: `hubgram_host_disk_size_bytes${OF}`, legend: '{{host}}: size' },
        { expr: `hubgram_host_disk_free_bytes${OF}`, legend: '{{host}}: free' },
      ],
    },
  ],
};
