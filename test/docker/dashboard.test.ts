/** The dashboard: its queries are PromQL over metrics that framewitness has. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';
import { METRICS, type MetricDefinition } from '../../src/telemetry/metrics.js';
import { service, textOf, yamlOf } from './compose-file.js';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { panels } = JSON.parse(textOf('docker/grafana/dashboards/framewitness.json')) as { panels: readonly Panel[] };
const targets = panels.flatMap(({ title, targets: each = [] }) => each.map((target) => ({ title, ...target })));

/** Grafana puts a time in place of its own variable before Prometheus reads the query. */
const withTimes = (expression: string): string => expression.replaceAll('$__rate_interval', '1m');

/** Names of a query's nodes of some kinds, as written. @throws for a query that is no PromQL */
function partsOf(expression: string, kinds: readonly string[]): readonly string[] {
  const parts: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      if (kinds.includes(type.name)) parts.push(expression.slice(from, to));
    },
  });
  return parts;
}

/** Names of the series that Prometheus has of a metric. */
const seriesOf = (name: string, { kind }: MetricDefinition): readonly string[] => (kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name]);
const SERIES = new Map(Object.entries(METRICS).flatMap(([name, metric]: [string, MetricDefinition]) => seriesOf(name, metric).map((series) => [series, metric] as const)));

describe('the dashboard', () => {
  test('asks for metrics that framewitness has, by labels that they have', () => {
    assert.ok(targets.length > 20, String(targets.length));
    for (const { title, expr, legendFormat } of targets) {
      const names = partsOf(withTimes(expr), ['Identifier']);
      assert.ok(names.length > 0, `${title}: ${expr}`);
      const labels = new Set(['le']);
      for (const name of names) {
        const metric = SERIES.get(name);
        assert.ok(metric !== undefined, `${title}: there is no metric ${name}`);
        for (const label of Object.keys(metric.labels ?? {})) labels.add(label);
      }
      const asked = [...partsOf(withTimes(expr), ['LabelName']), ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!)];
      for (const label of asked) assert.ok(labels.has(label), `${title}: ${names.join(', ')} has no label ${label}`);
    }
  });

  test('would be found wrong with a query that is no PromQL', () => {
    assert.throws(() => partsOf('sum by (rate(framewitness_verdicts_total[1m]))', []), /no PromQL/);
  });

  test('shows throughput, verdicts, lag, skipped frames, queues, transactions, dead letters and alerts', () => {
    const asked = new Set(targets.flatMap(({ expr }) => partsOf(withTimes(expr), ['Identifier'])));
    for (const name of ['media_seconds_total', 'verdicts_total', 'consumer_lag_records', 'consumer_lag_seconds', 'frames_skipped_total', 'queue_bytes', 'transaction_duration_seconds_bucket', 'dead_letters_total', 'alerts_total']) {
      assert.ok(asked.has(`framewitness_${name}`), name);
    }
  });

  test('uses the data source that Grafana is provisioned with, and lies where Grafana is told to look', () => {
    const { datasources } = yamlOf('docker/grafana/provisioning/datasources/prometheus.yaml') as { datasources: readonly { uid: string }[] };
    for (const { title, type, datasource } of panels) if (type !== 'row') assert.equal(datasource?.uid, datasources[0]!.uid, title);
    const { providers } = yamlOf('docker/grafana/provisioning/dashboards/framewitness.yaml') as { providers: readonly { options: { path: string } }[] };
    const { volumes, environment } = service('grafana');
    assert.ok(volumes!.includes(`./docker/grafana/dashboards:${providers[0]!.options.path}:ro`));
    assert.equal(environment!['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'], `${providers[0]!.options.path}/framewitness.json`);
  });
});
