/** Free ports on loopback. */
import { createServer } from 'node:net';
import { once } from 'node:events';

/** `count` ports that nobody listens on now; all different. Another process may still take one: whoever uses them tries again then. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
