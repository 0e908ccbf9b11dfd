import type { Panel, RowPanel } from '@grafana/schema';

/** One line of a panel: what is asked, and how its answer is called. */
export interface Query {
  readonly expr: string;
  /** Labels in double braces; the metric's own name if not given. */
  readonly legend?: string;
}

/** A panel without its place. */
export interface Drawn {
  readonly kind: 'timeseries' | 'stat';
  readonly title: string;
  /** What it shows and what to think of it: read where somebody points at it. */
  readonly description: string;
  /** As Grafana calls units: `bytes`, `Bps`, `s`, `percentunit`, `short`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Bad from this value on. */
  readonly badFrom?: number;
  /** Bad below this value. */
  readonly badBelow?: number;
  /** Lines lie on each other, so that their sum can be seen. */
  readonly isStacked?: boolean;
}

/** A part of the dashboard, under a title of its own. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Drawn[];
}

/** The variable that says which Prometheus. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** Grafana's grid is so wide. */
const WIDTH = 24;
const STAT_HEIGHT = 4;
const GRAPH_HEIGHT = 8;
/** So many beside each other. */
const BESIDE = { stat: 6, timeseries: 3 } as const;

/** Grafana takes enumerations of its own there, which no program of ours needs to load. */
const thresholdsOf = ({ badFrom, badBelow }: Drawn) => {
  const steps =
    badBelow === undefined
      ? [{ value: null, color: 'green' }, ...(badFrom === undefined ? [] : [{ value: badFrom, color: 'red' }])]
      : [
          { value: null, color: 'red' },
          { value: badBelow, color: 'green' },
        ];
  return { mode: 'absolute' as never, steps };
};

const optionsOf = ({ kind }: Drawn): Record<string, unknown> =>
  kind === 'stat'
    ? { colorMode: 'value', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } }
    : {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      };

const customOf = ({ kind, isStacked = false }: Drawn): Record<string, unknown> =>
  kind === 'stat'
    ? {}
    : { fillOpacity: isStacked ? 40 : 10, lineWidth: 1, stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' } };

const panelOf = (drawn: Drawn, id: number, gridPos: Panel['gridPos'] & object): Panel => ({
  id,
  type: drawn.kind,
  title: drawn.title,
  description: drawn.description,
  datasource: DATASOURCE,
  gridPos,
  targets: drawn.queries.map(({ expr, legend = '__auto' }, at) => ({
    refId: String.fromCodePoint('A'.charCodeAt(0) + at),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    ...(drawn.kind === 'stat' ? { instant: true } : { range: true }),
  })),
  fieldConfig: {
    defaults: { unit: drawn.unit, min: 0, thresholds: thresholdsOf(drawn), custom: customOf(drawn) },
    overrides: [],
  },
  options: optionsOf(drawn),
});

/**
 * The rows one below the other, their panels from left to right: figures first, then graphs.
 * @returns what Grafana reads, with places and numbers
 */
export const lay = (rows: readonly Row[]): (Panel | RowPanel)[] => {
  const laid: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    laid.push({
      id: laid.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
      panels: [],
    });
    y += 1;
    for (const kind of ['stat', 'timeseries'] as const) {
      const [beside, h] = [BESIDE[kind], kind === 'stat' ? STAT_HEIGHT : GRAPH_HEIGHT];
      const own = panels.filter((panel) => panel.kind === kind);
      const w = WIDTH / beside;
      for (const [at, drawn] of own.entries()) {
        const place = { x: (at % beside) * w, y: y + Math.floor(at / beside) * h, w, h };
        laid.push(panelOf(drawn, laid.length + 1, place));
      }
      y += Math.ceil(own.length / beside) * h;
    }
  }
  return laid;
};
