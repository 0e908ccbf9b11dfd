/**
 * Writes docs/metrics.md from the table of metrics: `npm run docs`. A test fails while the page is older than the table.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../src/ops/metrics/table.ts';

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

/** @returns the page as it is to be */
export const metricsPage = (): string => {
  const rows = Object.entries(METRICS).map(([name, kind]) =>
    line([`\`${name}\``, kind.type, kind.help, 'labels' in kind ? labelsOf(kind.labels) : '']),
  );
  return `${[INTRODUCTION, '', line(['Name', 'Type', 'What it is', 'Labels']), line(['---', '---', '---', '---']), ...rows].join('\n')}\n`;
};

if (import.meta.main) writeFileSync(PAGE, metricsPage());
