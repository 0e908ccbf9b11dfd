import type { Distribution } from '../../lib/counting/histogram.ts';

/** One value; several of one metric are told apart by their labels. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

interface About {
  /** Letters, digits and `_`; units last: `hubgram_received_bytes_total`. */
  readonly name: string;
  readonly help: string;
}

/** One thing that is measured. */
export type Metric = About &
  (
    | { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
    | { readonly type: 'histogram'; readonly distribution: Distribution }
  );

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

const labelText = (labels: Readonly<Record<string, string>> = {}): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
};

const histogramLines = (name: string, { buckets, sum, count }: Distribution): string[] => [
  ...buckets.map(({ atMost, count: below }) => `${name}_bucket{le="${atMost}"} ${below}`),
  `${name}_bucket{le="+Inf"} ${count}`,
  `${name}_sum ${sum}`,
  `${name}_count ${count}`,
];

const linesOf = (metric: Metric): string[] =>
  metric.type === 'histogram'
    ? histogramLines(metric.name, metric.distribution)
    : metric.samples.map(({ value, labels }) => `${metric.name}${labelText(labels)} ${value}`);

/** Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats"). */
export const formatMetrics = (metrics: readonly Metric[]): string =>
  metrics
    .map((metric) =>
      [
        `# HELP ${metric.name} ${escapeHelp(metric.help)}`,
        `# TYPE ${metric.name} ${metric.type}`,
        ...linesOf(metric),
        '',
      ].join('\n'),
    )
    .join('');
