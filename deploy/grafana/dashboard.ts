/**
 * Writes hubgram.json, the dashboard that Grafana imports: `npm run docs`. A test fails while it is older than this.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard } from '@grafana/schema';
import { DATASOURCE, lay } from './panels.ts';
import { ROWS } from './rows.ts';

const FILE = join(import.meta.dirname, 'hubgram.json');

/** As Grafana imports it. */
export const DASHBOARD = {
  uid: 'hubgram',
  title: 'hubgram',
  description: 'A Telegram bot that keeps this machine stocked with Hugging Face models.',
  tags: ['hubgram'],
  schemaVersion: 39,
  editable: true,
  refresh: '30s',
  time: { from: 'now-24h', to: 'now' },
  timezone: 'browser',
  templating: {
    list: [
      { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
      {
        name: 'instance',
        label: 'hubgram',
        type: 'query',
        datasource: DATASOURCE,
        query: 'label_values(hubgram_build_info, instance)',
        includeAll: true,
        multi: true,
        refresh: 2,
      },
    ],
  },
  panels: lay(ROWS),
} satisfies Dashboard;

/** @returns the file as it is to be */
export const dashboardFile = (): string => `${JSON.stringify(DASHBOARD, null, 2)}\n`;

if (import.meta.main) writeFileSync(FILE, dashboardFile());
