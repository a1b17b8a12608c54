/** A broker in a Docker container, from Apache Kafka's own image. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BrokerEngine, EngineSettings } from './engine.js';
import { onDeath, type Guard } from './guard.js';
import { serverProperties } from './properties.js';

const IMAGE = 'apache/kafka:4.1.1';

async function docker(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('docker', [...args]);
  return stdout + stderr;
}

/** True where a Docker engine answers and has the image, or can fetch it. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await docker('version', '--format', '{{.Server.Version}}');
    await docker('image', 'inspect', IMAGE).catch(() => docker('pull', '-q', IMAGE));
    return true;
  } catch {
    // No program, no engine or no image: the jars are the next way to a broker.
    return false;
  }
}

/** Creates a container, not started. It keeps its data from one start to the next. */
export async function createDockerEngine(settings: EngineSettings): Promise<BrokerEngine> {
  // The container runs as another user.
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-broker-'));
  chmodSync(folder, 0o755);
  const place = { bindHost: '0.0.0.0', clientPort: settings.clientPort, controllerPort: settings.controllerPort, innerPort: settings.innerPort, dataFolder: '/tmp/broker-data' };
  writeFileSync(join(folder, 'server.properties'), serverProperties(place, settings.protocol, settings.properties));
  const name = `framewitness-${settings.clusterId}`;
  if (settings.formatArguments.length > 0) throw new Error('a broker in Docker takes no further arguments for its formatting');
  const port = `127.0.0.1:${settings.clientPort}:${settings.clientPort}`;
  const environment = ['-e', `CLUSTER_ID=${settings.clusterId}`, '-e', `KAFKA_HEAP_OPTS=-Xms64m -Xmx${settings.heapMegabytes}m`];
  await docker('create', '--name', name, '-p', port, '-v', `${folder}:/mnt/shared/config:ro`, ...environment, IMAGE);
  const guard: Guard = onDeath('docker rm -f "$1" >/dev/null 2>&1; rm -rf "$2"', name, folder);
  let running = false;
  return {
    start: async () => {
      await docker('start', name);
      running = true;
    },
    kill: async () => {
      if (running) await docker('kill', name);
      running = false;
    },
    stop: async () => {
      if (running) await docker('stop', '--time', '60', name);
      running = false;
    },
    remove: async () => {
      await docker('rm', '-f', name);
      rmSync(folder, { recursive: true, force: true });
      guard.dismiss();
    },
    ended: () => (running ? undefined : 'it was stopped'),
    log: () => docker('logs', '--tail', '40', name),
  };
}
