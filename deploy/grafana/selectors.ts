/** What is chosen above the dashboard. */
export const OF = '{instance=~"$instance"}';

/** The same, of some series only. */
export const of = (labels: string): string => `{instance=~"$instance", ${labels}}`;

/** How much a counter grew in a second. */
export const rate = (series: string): string => `rate(${series}[$__rate_interval])`;
