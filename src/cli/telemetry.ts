/** The OpenTelemetry SDK, which only the command line sets up: the library knows no more of it than its interfaces. */
import { diag, DiagLogLevel, metrics, trace, type DiagLogger } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type IMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { InvalidArgumentError, Option } from 'commander';
import type { Logger } from '../domain/logger.js';
import { SOFTWARE } from '../topology/build/software.js';
import type { LoadedTopology } from '../topology/load.js';
import { serveTelemetry, type HealthSource, type TelemetryServer } from './telemetry-server.js';

/** What the command line says about telemetry. */
export interface TelemetryOptions {
  readonly metricsPort?: number;
  readonly metricsHost?: string;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError('expected a port, 0 to 65535.');
  return value;
}

/** The options of commands that have telemetry. */
export function telemetryOptions(): readonly Option[] {
  return [
    new Option('--metrics-port <n>', 'serve /metrics (Prometheus), /healthz and /readyz on this port; 0: a free one, which the log names').argParser(port),
    new Option('--metrics-host <address>', 'the address for it (default: as the topology says, this machine only)'),
  ];
}

/** Telemetry that is on. */
export interface Telemetry {
  /** Sends what is left, and stops serving. Never fails: what cannot be sent is said in the log. */
  close(): Promise<void>;
}

/** Longest time that the last sending may take, milliseconds. */
const FLUSH_MILLIS = 5_000;

/**
 * Sets up what was asked for: a server for Prometheus and health where there is a port, OTLP over HTTP where the environment
 * names an endpoint (OTEL_EXPORTER_OTLP_ENDPOINT and the other variables of the specification).
 *
 * @throws FramewitnessError FW_TELEMETRY_PORT
 */
export async function startTelemetry(command: 'run' | 'ingest', { topology }: LoadedTopology, options: TelemetryOptions, health: HealthSource, logger: Logger): Promise<Telemetry> {
  const served = options.metricsPort ?? topology.telemetry.port;
  const sent = (signal: 'METRICS' | 'TRACES'): boolean => [`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`].some((name) => (process.env[name] ?? '') !== '');
  diag.setLogger(diagnostics(logger), DiagLogLevel.WARN);
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': `framewitness-${command}`, 'service.version': SOFTWARE.version }))
    .merge(detectResources({ detectors: [envDetector] }));
  const closers: (() => Promise<void>)[] = [];
  const readers: IMetricReader[] = [];
  const prometheus = served === 'none' ? undefined : new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  if (prometheus !== undefined) readers.push(prometheus);
  if (sent('METRICS')) readers.push(new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() }));
  if (readers.length > 0) {
    const provider = new MeterProvider({ resource, readers });
    metrics.setGlobalMeterProvider(provider);
    closers.push(() => provider.shutdown());
  }
  if (sent('TRACES')) {
    const provider = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
    provider.register();
    closers.push(() => provider.shutdown());
  }
  let server: TelemetryServer | undefined;
  if (prometheus !== undefined && served !== 'none') {
    server = await serveTelemetry({ port: served, host: options.metricsHost ?? topology.telemetry.host }, (request, response) => {
      prometheus.getMetricsRequestHandler(request, response);
    }, health);
    logger.info('serving metrics and health', { address: server.address });
  }
  return {
    close: async () => {
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, FLUSH_MILLIS).unref();
      });
      const flushed = Promise.all(closers.map((close) => close())).catch((error: unknown) => {
        logger.warn('not all telemetry could be sent', { reason: error instanceof Error ? error.message : String(error) });
      });
      await Promise.race([flushed, late]);
      await server?.close();
      metrics.disable();
      trace.disable();
      diag.disable();
    },
  };
}

/** The SDK's own complaints. What it says is about sending; details may quote what was sent, so only the first line is kept. */
function diagnostics(logger: Logger): DiagLogger {
  const say = (message: string): void => {
    logger.warn('telemetry', { reason: (message.split('\n')[0] ?? '').slice(0, 300) });
  };
  const nothing = (): void => undefined;
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
}
