/** Real stores for claim checks: folders, web servers that behave in every bad way, and an S3-compatible server. */
import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Claim } from '../../../src/transports/claims/claim.js';
import { claimValue } from '../../../src/transports/claims/claim.js';
import type { ClaimSettings } from '../../../src/transports/claims/settings.js';

/** Nothing is allowed, and nothing is waited for long. */
export const STRICT: ClaimSettings = {
  attempts: 1,
  retryMillis: 1,
  timeoutSeconds: 30,
  idleSeconds: 30,
  file: { folders: [] },
  http: { origins: [], privateAddresses: [] },
  s3: { buckets: [], endpoint: '', region: 'us-east-1', pathStyle: true },
};

/** A claim check for `media`. */
export function claimFor(uri: string, media: Uint8Array, changes: Partial<Claim> = {}): Buffer {
  return claimValue({ uri, bytes: media.length, sha256: createHash('sha256').update(media).digest('hex'), ...changes });
}

/** A web server on a free port of an address of this machine, closed with the test. */
export async function serve(t: TestContext, listener: RequestListener, host = '127.0.0.1'): Promise<{ readonly origin: string; readonly port: number; readonly server: Server; readonly requests: () => number }> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://${host}:${port}`, port, server, requests: () => requests };
}

interface S3Server {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

/** Credentials that {@link serveS3} knows. */
export const S3_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

/**
 * An S3-compatible server (s3rver: plain JavaScript from npm, so that it runs wherever the tests do) over a folder, closed
 * with the test; the environment's credentials are its own meanwhile.
 */
export async function serveS3(t: TestContext, directory: string, buckets: readonly string[]): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => S3Server;
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: buckets.map((name) => ({ name })) });
  const { port } = await server.run();
  const before = Object.fromEntries(Object.keys(S3_CREDENTIALS).map((name) => [name, process.env[name]]));
  Object.assign(process.env, S3_CREDENTIALS);
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await server.close();
    closed = true;
  };
  t.after(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await close();
  });
  return { endpoint: `http://127.0.0.1:${port}`, close };
}
