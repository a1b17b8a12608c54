/** `/metrics`, `/healthz` and `/readyz`. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FramewitnessError } from '../domain/errors.js';
import type { HealthCheck } from '../topology/build/job/health.js';

/** Where to listen. */
export interface ServerAddress {
  readonly port: number;
  readonly host: string;
}

/** What is asked about the process. */
export interface HealthSource {
  live(): readonly HealthCheck[];
  ready(): readonly HealthCheck[];
}

/** A running server. */
export interface TelemetryServer {
  /** `http://host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Starts the server. @throws FramewitnessError FW_TELEMETRY_PORT when the port cannot be had */
export async function serveTelemetry({ port, host }: ServerAddress, metrics: (request: IncomingMessage, response: ServerResponse) => void, health: HealthSource): Promise<TelemetryServer> {
  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'no-store');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const path = (request.url ?? '').split('?')[0];
    if (path === '/metrics') metrics(request, response);
    else if (path === '/healthz') answer(response, health.live());
    else if (path === '/readyz') answer(response, health.ready());
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('/metrics, /healthz, /readyz\n');
  });
  server.requestTimeout = 10_000;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new FramewitnessError('FW_TELEMETRY_PORT', `port ${port} of ${host} cannot be listened on: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const bound = server.address() as AddressInfo;
  return {
    address: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, checks: readonly HealthCheck[]): void {
  const ok = checks.every((check) => check.ok);
  response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ status: ok ? 'ok' : 'failing', checks })}\n`);
}
