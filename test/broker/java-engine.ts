/** A broker from Kafka's jars, in a process of its own on this machine. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BrokerEngine, EngineSettings } from './engine.js';
import { onDeath, type Guard } from './guard.js';
import { findJava, type Java } from './jars.js';
import { serverProperties } from './properties.js';

// A broker for tests lives for seconds to minutes: quick to start counts for more than fast for long.
const QUICK_START = ['-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

interface Running {
  readonly process: ChildProcess;
  readonly guard: Guard;
}

/** Formats a data folder and returns the engine, not started. */
export async function createJavaEngine(settings: EngineSettings): Promise<BrokerEngine> {
  const java = await findJava();
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-broker-'));
  const config = join(folder, 'server.properties');
  const place = { bindHost: '127.0.0.1', clientPort: settings.clientPort, controllerPort: settings.controllerPort, innerPort: settings.innerPort, dataFolder: join(folder, 'data') };
  writeFileSync(config, serverProperties(place, settings.protocol, settings.properties));
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', settings.clusterId, '--config', config, ...settings.formatArguments];
  try {
    await promisify(execFile)(java.command, [...QUICK_START, '-cp', java.classPath, ...format]);
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`Kafka could not format its data folder: ${(cause as { stderr?: string }).stderr ?? String(cause)}`, { cause });
  }
  return javaEngine(java, folder, config, settings.heapMegabytes);
}

function javaEngine(java: Java, folder: string, config: string, heapMegabytes: number): BrokerEngine {
  const logPath = join(folder, 'broker.log');
  let running: Running | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (running === undefined) return;
    const { process: server, guard } = running;
    if (server.exitCode === null && server.signalCode === null) {
      const gone = once(server, 'exit');
      server.ref();
      server.kill(signal);
      await gone;
    }
    guard.dismiss();
    running = undefined;
  };
  return {
    start: async () => {
      await end('SIGKILL');
      const log = openSync(logPath, 'a');
      // A session of its own: Ctrl-C in the terminal reaches the tests, and they end the broker.
      const server = spawn(java.command, [...QUICK_START, `-Xmx${heapMegabytes}m`, '-cp', java.classPath, 'kafka.Kafka', config], {
        stdio: ['ignore', log, log],
        detached: true,
      });
      closeSync(log);
      await once(server, 'spawn');
      server.unref();
      running = { process: server, guard: onDeath('kill -9 "$1" 2>/dev/null; rm -rf "$2"', String(server.pid), folder) };
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    remove: async () => {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
    ended: () => {
      if (running === undefined) return 'it was stopped';
      const { exitCode, signalCode } = running.process;
      return exitCode === null && signalCode === null ? undefined : `it ended with ${signalCode ?? `exit code ${exitCode ?? '?'}`}`;
    },
    log: () => Promise.resolve(readFileSync(logPath, 'utf8').slice(-4000)),
  };
}
