/** The instruments of the table of metrics. Without a meter provider, which only the command line sets, they do nothing. */
import { metrics, type Counter, type Histogram, type Observable, type ObservableResult } from '@opentelemetry/api';
import { METRICS, type MetricDefinition, type MetricName, type MetricsOf } from './metrics.js';

/** Labels by name. */
export type Labels = Readonly<Record<string, string | number>>;

/** One value of a gauge. */
export interface Observation {
  readonly value: number;
  readonly labels?: Labels;
}

/** Takes what is measured. */
export interface Instruments {
  add(name: MetricsOf<'counter'>, value: number, labels?: Labels): void;
  record(name: MetricsOf<'histogram'>, value: number, labels?: Labels): void;
  /** Asks for a gauge's values whenever they are read. @returns a function that ends it */
  observe(name: MetricsOf<'gauge' | 'observed-counter'>, values: () => readonly Observation[]): () => void;
}

/** Makes the instruments of a command. Call it after the meter provider was set. */
export function openInstruments(of: MetricDefinition['of']): Instruments {
  const meter = metrics.getMeter('framewitness');
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const gauges = new Map<string, Observable>();
  for (const [name, definition] of Object.entries(METRICS as Readonly<Record<MetricName, MetricDefinition>>)) {
    if (definition.of !== of) continue;
    const { kind, unit, about: description, labels, buckets = [] } = definition;
    if (kind === 'gauge') gauges.set(name, meter.createObservableGauge(name, { unit, description }));
    else if (kind === 'observed-counter') gauges.set(name, meter.createObservableCounter(name, { unit, description }));
    else if (kind === 'histogram') histograms.set(name, meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...buckets] } }));
    else {
      const counter = meter.createCounter(name, { unit, description });
      // So that the first thing that is counted is seen as a rise.
      if (labels === undefined) counter.add(0);
      counters.set(name, counter);
    }
  }
  return {
    add: (name, value, labels = {}) => {
      counters.get(name)?.add(value, { ...labels });
    },
    record: (name, value, labels = {}) => {
      histograms.get(name)?.record(value, { ...labels });
    },
    observe: (name, values) => {
      const gauge = gauges.get(name);
      const callback = (result: ObservableResult): void => {
        for (const { value, labels = {} } of values()) result.observe(value, { ...labels });
      };
      gauge?.addCallback(callback);
      return () => {
        gauge?.removeCallback(callback);
      };
    },
  };
}
