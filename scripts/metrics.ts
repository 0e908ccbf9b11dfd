/**
 * Writes docs/metrics.md from the table of metrics: `npm run docs`. A test fails while the page is older than the table.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST_METRICS, METRICS } from '../src/ops/metrics/table.ts';

const PAGE = join(import.meta.dirname, '../docs/metrics.md');

const INTRODUCTION = `# Metrics

Written by \`npm run docs\` from the table that \`/metrics\` is made of. It is there where \`HUBGRAM_HTTP_PORT\` is set, in Prometheus' text format.
Counters and histograms begin at zero with each start; what is told of libraries, people and the queue is counted of the database at the moment.
No label names a repository, a person or a chat. A dashboard for Grafana lies in \`deploy/grafana\`, alert rules with what to do about each in \`deploy/prometheus\`.`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const labelsOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${values}`)
    .join('. ');

const OF_HOSTS = `## Of another machine

What a machine tells of itself on which the bot has models lie ([docs/hosts.md](hosts.md)), if \`HUBGRAM_HTTP_PORT\` is set there. What the bot knows of it
stands above, as \`hubgram_host_…\`.`;

const tableOf = (metrics: typeof METRICS | typeof HOST_METRICS): readonly string[] => [
  line(['Name', 'Type', 'What it is', 'Labels']),
  line(['---', '---', '---', '---']),
  ...Object.entries(metrics).map(([name, kind]) =>
    line([`\`${name}\``, kind.type, kind.help, 'labels' in kind ? labelsOf(kind.labels) : '']),
  ),
];

/** @returns the page as it is to be */
export const metricsPage = (): string =>
  `${[INTRODUCTION, '', ...tableOf(METRICS), '', OF_HOSTS, '', ...tableOf(HOST_METRICS)].join('\n')}\n`;

if (import.meta.main) writeFileSync(PAGE, metricsPage());
