import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { DASHBOARD, dashboardFile } from '../../deploy/grafana/dashboard.ts';
import { METRICS } from '../../src/ops/metrics/table.ts';
import { findTool } from '../helpers/tools.ts';
import { openBusyBot } from './scrape.ts';

const deploy = join(import.meta.dirname, '../../deploy');
const promtool = process.env['HUBGRAM_PROMTOOL'] ?? findTool('promtool');

/** What promtool says, and its exit code. */
const ask = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', args, {
    encoding: 'utf8',
    cwd: join(deploy, 'prometheus'),
    input,
  });
  return { status, said: stdout + stderr };
};

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          record: z.string().optional(),
          alert: z.string().optional(),
          expr: z.string(),
          labels: z.record(z.string(), z.string()).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
});

const testsSchema = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      input_series: z.array(z.object({ series: z.string() })),
      promql_expr_test: z.array(z.object({ expr: z.string(), exp_samples: z.array(z.unknown()) })),
    }),
  ),
});

const readYaml = (file: string): unknown => parse(readFileSync(join(deploy, 'prometheus', file), 'utf8'));
const rules = rulesSchema.parse(readYaml('alerts.yml')).groups.flatMap((group) => group.rules);
const { tests } = testsSchema.parse(readYaml('alerts.test.yml'));

/** What the dashboard asks, where Grafana would put its own words. */
const QUERIES = DASHBOARD.panels.flatMap((panel) =>
  ('targets' in panel ? (panel.targets ?? []) : []).map((target) =>
    String(target['expr']).replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
  ),
);

/** Names of metrics in a query; those of histograms without their ending. */
const metricsIn = (query: string): string[] =>
  [...query.matchAll(/\b(?:hubgram|process)_\w+/g)].map(([name]) => {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    return Object.hasOwn(METRICS, base) && METRICS[base as keyof typeof METRICS].type === 'histogram' ? base : name;
  });

const unknownIn = (queries: readonly string[]): string[] =>
  queries.flatMap(metricsIn).filter((name) => !Object.hasOwn(METRICS, name));

describe('the dashboard', () => {
  it('is as `npm run docs` writes it', () => {
    const file = readFileSync(join(deploy, 'grafana/hubgram.json'), 'utf8');
    expect(file, 'deploy/grafana/hubgram.json is old: npm run docs').toBe(dashboardFile());
  });

  it('asks only for metrics that there are', () => {
    expect(unknownIn(['rate(hubgram_nothing_total[5m]) / process_nothing'])).toEqual([
      'hubgram_nothing_total',
      'process_nothing',
    ]);
    expect(QUERIES.length).toBeGreaterThan(30);
    expect(unknownIn(QUERIES)).toEqual([]);
  });

  it('shows every metric of the table but what only names the program', () => {
    const shown = new Set(QUERIES.flatMap(metricsIn));
    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual(['hubgram_build_info']);
  });

  it('gives each panel a number and a place of its own', () => {
    const ids = DASHBOARD.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = DASHBOARD.panels.flatMap(({ gridPos }) => {
      const { x, y, w, h } = gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('the alert rules', () => {
  const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : { ...rule, alert: rule.alert }));

  it('ask only for metrics that there are', () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    const queries = rules.map(({ expr }) => recorded.reduce((text, name) => text.replaceAll(name, ''), expr));
    expect(unknownIn(queries)).toEqual([]);
  });

  it('say what is wrong and what to do, and how bad it is', () => {
    const wanting = alerts.filter(
      ({ annotations, labels }) =>
        !annotations?.['summary'] ||
        !annotations['remedy'] ||
        !['critical', 'warning', 'info'].includes(labels?.['severity'] ?? ''),
    );
    expect(wanting).toEqual([]);
  });

  it('are each tried where they fire and where they are silent', () => {
    const tried = alerts.map(({ alert }) => {
      const own = tests.flatMap(({ input_series: series, promql_expr_test: asked }) =>
        asked.filter(({ expr }) => expr.includes(`"${alert}"`)).map(({ exp_samples: fires }) => ({ series, fires })),
      );
      const machines = new Set(
        own.flatMap(({ series }) => series.map((one) => /instance="([^"]+)"/.exec(one.series)?.[1])),
      );
      const firing = own.flatMap(({ fires }) => fires).length;
      return [alert, firing > 0, machines.size > firing];
    });
    expect(tried).toEqual(alerts.map(({ alert }) => [alert, true, true]));
  });
});

describe.skipIf(promtool === undefined)('promtool', () => {
  it('finds nothing in what a busy bot tells', async () => {
    const { world, scrape } = await openBusyBot();
    onTestFinished(world.close);
    expect(ask(['check', 'metrics'], await scrape())).toEqual({ status: 0, said: '' });
    // It does find what is wrong.
    expect(ask(['check', 'metrics'], '# TYPE a_total gauge\na_total 1\n').status).not.toBe(0);
  });

  it('takes the rules and the configuration', () => {
    expect(ask(['check', 'rules', 'alerts.yml'])).toMatchObject({ status: 0 });
    expect(ask(['check', 'config', 'prometheus.yml'])).toMatchObject({ status: 0 });
  });

  it('finds the rules to fire where they are to, and nowhere else', () => {
    const { status, said } = ask(['test', 'rules', 'alerts.test.yml']);
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it('understands each query of the dashboard', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hubgram-promtool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'queries.yml');
    const check = (queries: readonly string[]): number | null => {
      const recorded = queries.map((expr, at) => ({ record: `query:${at}`, expr }));
      writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
      return ask(['check', 'rules', file]).status;
    };
    expect(check(QUERIES)).toBe(0);
    expect(check([...QUERIES, 'sum by (reason (hubgram_models)'])).not.toBe(0);
  });
});
