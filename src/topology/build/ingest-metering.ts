/** Counts, traces and watches what ingest publishes. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Instruments } from '../../telemetry/instruments.js';
import { headersOf } from '../../telemetry/trace-context.js';
import type { Publisher } from '../../transports/ingest/publisher.js';
import type { PlacedSegment } from '../../transports/ingest/timeline.js';
import type { HealthCheck } from './job/health.js';

/** A segment that takes longer to publish says that the brokers are gone. */
const SILENT_AFTER_MILLIS = 10_000;

/** Whether ingest is ready: the topic is known, and what is published arrives. */
export class IngestHealth {
  readonly #underWay = new Set<number>();
  #open = false;
  #stopping = false;

  /** The topic is known. */
  opened(): void {
    this.#open = true;
  }

  /** It is ending, in good order. */
  stopping(): void {
    this.#stopping = true;
  }

  /** A record is being published. @returns a function that says that this ended */
  publishing(): () => void {
    // Unique enough to tell two apart: a set would else take them for one.
    let since = performance.now();
    while (this.#underWay.has(since)) since += 1e-6;
    this.#underWay.add(since);
    return () => {
      this.#underWay.delete(since);
    };
  }

  /** Whoever answers this lives: feeds are read in processes of their own, each with time limits. */
  live(): readonly HealthCheck[] {
    return [];
  }

  ready(): readonly HealthCheck[] {
    const longest = performance.now() - Math.min(performance.now(), ...this.#underWay);
    return [
      { name: 'running', ok: !this.#stopping, detail: this.#stopping ? 'stopping' : 'running' },
      { name: 'topic', ok: this.#open, detail: this.#open ? 'open' : 'not open yet' },
      { name: 'broker', ok: longest <= SILENT_AFTER_MILLIS, detail: this.#underWay.size === 0 ? 'nothing waits' : `a record has waited for ${(longest / 1000).toFixed(1)} s` },
    ];
  }
}

/** A publisher that begins a trace with each segment, and counts. */
export function meteredPublisher(publisher: Publisher, instruments: Instruments, health: IngestHealth): Publisher {
  const tracer = trace.getTracer('framewitness');
  return {
    publish: async (segment) => {
      const { stream, sequence } = segment;
      const span = tracer.startSpan('publish', { kind: SpanKind.PRODUCER, attributes: { 'framewitness.stream': stream, 'framewitness.sequence': sequence, 'messaging.system': 'kafka' } }, ROOT_CONTEXT);
      const begun = performance.now();
      const ended = health.publishing();
      try {
        await publisher.publish({ ...segment, trace: headersOf(trace.setSpan(ROOT_CONTEXT, span)) });
        instruments.record('framewitness_ingest_publish_duration_seconds', (performance.now() - begun) / 1000);
        count(instruments, segment);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
        throw error;
      } finally {
        ended();
        span.end();
      }
    },
    end: async (stream, sequence) => {
      const ended = health.publishing();
      await publisher.end(stream, sequence).finally(ended);
    },
    close: () => publisher.close(),
  };
}

function count(instruments: Instruments, { media, ptsStartMicros, ptsEndMicros, lost, discontinuity }: PlacedSegment): void {
  instruments.add('framewitness_ingest_segments_total', 1);
  instruments.add('framewitness_ingest_bytes_total', media.byteLength);
  instruments.add('framewitness_ingest_media_seconds_total', Math.max(0, ptsEndMicros - ptsStartMicros) / 1e6);
  for (const { reason, micros, frames } of lost) {
    instruments.add('framewitness_ingest_lost_frames_total', frames, { reason });
    instruments.add('framewitness_ingest_lost_media_seconds_total', Math.max(0, micros) / 1e6, { reason });
  }
  if (discontinuity !== undefined) instruments.add('framewitness_ingest_discontinuities_total', 1, { kind: discontinuity });
}
