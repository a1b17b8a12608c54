/** The topology's `telemetry`: where metrics and health are served. No verdict depends on it, so the digest leaves it out. */
import { z } from 'zod';
import { section, text } from './fields.js';

/** The section. */
export const telemetry = section('Metrics and health of `framewitness run` and `ingest`. Where OTEL_EXPORTER_OTLP_ENDPOINT is set, metrics and traces go there too.', {
  port: z
    .union([z.literal('none'), z.int().min(0).max(65_535)], { error: 'must be none or a whole number from 0 to 65535' })
    .default('none')
    .meta({ description: 'Port of /metrics (Prometheus), /healthz and /readyz; 0: a free one, which the log names; none: they are not served.', 'x-unit': 'port', 'x-range': 'none, or 0 to 65535' }),
  host: text({ about: 'Address that they are served on. Only this machine reaches the default; there is no access control, so give another only where the network has one.', pattern: /^[A-Za-z0-9.:-]{1,255}$/, form: 'an address or a host name', example: '0.0.0.0', default: '127.0.0.1' }),
});
