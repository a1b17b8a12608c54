/** `docs/reference/metrics.md`, from the table of metrics. */
import { METRICS, type MetricDefinition } from '../../src/telemetry/metrics.js';
import { GENERATED_NOTE, table } from './markdown.js';

function metricsTable(of: MetricDefinition['of']): readonly string[] {
  const rows = Object.entries(METRICS as Readonly<Record<string, MetricDefinition>>)
    .filter(([, metric]) => metric.of === of)
    .map(([name, { kind, unit, about, labels = {} }]) => [`\`${name}\``, kind === 'observed-counter' ? 'counter' : kind, unit, about, Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values}`).join('; ')]);
  return table(['Metric', 'Kind', 'Unit', 'Meaning', 'Labels'], rows);
}

/** The page's text. */
export function metricsReference(): string {
  return [
    GENERATED_NOTE,
    '# Metrics',
    '',
    'The names are as Prometheus shows them; a histogram has `_bucket`, `_sum` and `_count`. They are part of the interface: a change of one is a change of behaviour. Units are in [UCUM](https://ucum.org), in braces what is counted. Streams are no labels, since their number has no bound: they stand in logs and traces.',
    '',
    '## `framewitness run`',
    '',
    'What counts outcomes of input (verdicts, frames, faces, clips, dead letters, alerts) is counted once it is committed, so that the sums of all workers are the sums of the accounting in the verdicts.',
    '',
    ...metricsTable('run'),
    '',
    '## `framewitness ingest`',
    '',
    ...metricsTable('ingest'),
    '',
  ].join('\n');
}
