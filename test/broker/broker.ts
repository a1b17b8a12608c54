/** A real Kafka for a test: at an address from the environment, in Docker, or from Kafka's own jars. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { createDockerEngine, dockerAnswers } from './docker-engine.js';
import type { BrokerEngine, EngineSettings } from './engine.js';
import { ADDRESS_VARIABLE, checkGivenBroker, givenAddress } from './given-broker.js';
import { createJavaEngine } from './java-engine.js';
import { freePorts } from './ports.js';
import type { ListenerProtocol } from './properties.js';

/** Options of {@link startBroker}. */
export interface BrokerOptions {
  /** True for a test that stops, kills or configures the broker: it gets one of its own, whatever the environment says. */
  readonly own?: boolean;
  /** Added to `server.properties`, or instead of what is there; the broker is then `own`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What clients have to speak (default PLAINTEXT); the broker is `own` when it is another. */
  readonly protocol?: ListenerProtocol;
  /** How the harness itself gets in, where the protocol asks for it. */
  readonly client?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  /** Further arguments of Kafka's `format` command, such as `--add-scram`; the broker is then from the jars. */
  readonly formatArguments?: readonly string[];
  readonly heapMegabytes?: number;
}

/** A broker that answers. */
export interface Broker {
  /** host:port for clients. */
  readonly bootstrap: string;
  readonly clusterId: string;
  /** Whether the test process may stop, kill and restart it. */
  readonly own: boolean;
  /** A client of it, quiet about what it retries. */
  client(settings?: Partial<KafkaConfig>): Kafka;
  /** Ends the broker with SIGKILL; its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data after {@link Broker.kill}; when it runs, stops it in good order first. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it for good and deletes its data. A broker from the environment is left alone. */
  stop(): Promise<void>;
}

/** How long a broker may take to answer: far more than it needs on a busy machine. */
const READY_WITHIN_MS = 180_000;

/** Starts a broker, or checks the one that the environment names. @throws a sentence that says what to install, or what is wrong with the broker */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const protocol = options.protocol ?? 'PLAINTEXT';
  const own = options.own === true || options.properties !== undefined || protocol !== 'PLAINTEXT' || options.formatArguments !== undefined;
  const address = givenAddress();
  if (address !== undefined && !own) return givenBroker(address);
  const docker = options.formatArguments === undefined && (await dockerAnswers());
  let failure: unknown;
  // Between the choice of a port and the broker's taking it another process may take it.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const [clientPort, controllerPort, innerPort] = (await freePorts(3)) as [number, number, number];
    const settings: EngineSettings = {
      clusterId: randomBytes(16).toString('base64url').replace(/^-/, 'A'),
      clientPort,
      controllerPort,
      innerPort,
      protocol,
      properties: options.properties ?? {},
      formatArguments: options.formatArguments ?? [],
      heapMegabytes: options.heapMegabytes ?? 384,
    };
    const engine = await (docker ? createDockerEngine(settings) : createJavaEngine(settings));
    const broker = ownBroker(engine, settings, options.client ?? {});
    try {
      await broker.restart();
      return broker;
    } catch (error) {
      failure = error;
      await broker.stop();
      if (!String(error).includes('Address already in use')) break;
    }
  }
  throw failure;
}

function ownBroker(engine: BrokerEngine, settings: EngineSettings, security: Pick<KafkaConfig, 'ssl' | 'sasl'>): Broker {
  const bootstrap = `127.0.0.1:${settings.clientPort}`;
  const client = clientOf(bootstrap, security);
  return {
    bootstrap,
    clusterId: settings.clusterId,
    own: true,
    client,
    kill: () => engine.kill(),
    restart: async () => {
      await engine.stop();
      await engine.start();
      await untilReady(client({ retry: { retries: 0 } }), engine, settings.clusterId);
    },
    stop: () => engine.remove(),
  };
}

async function givenBroker(bootstrap: string): Promise<Broker> {
  const client = clientOf(bootstrap, {});
  const clusterId = await checkGivenBroker(client(), bootstrap);
  const refuse = (): Promise<never> => Promise.reject(new Error(`The broker at ${bootstrap} is not the test's own (${ADDRESS_VARIABLE}): a test that kills or restarts its broker asks for { own: true }.`));
  return { bootstrap, clusterId, own: false, client, kill: refuse, restart: refuse, stop: () => Promise.resolve() };
}

function clientOf(bootstrap: string, security: Pick<KafkaConfig, 'ssl' | 'sasl'>): Broker['client'] {
  return (settings = {}) => new Kafka({ clientId: 'framewitness-test', brokers: [bootstrap], logLevel: logLevel.NOTHING, ...security, ...settings });
}

/** Waits until the broker answers with its own cluster id: on its port another's broker might listen. */
async function untilReady(kafka: Kafka, engine: BrokerEngine, clusterId: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (let last: unknown; ; await delay(100)) {
    const ended = engine.ended();
    if (ended !== undefined) throw new Error(`Kafka did not start: ${ended}. Its log ends with:\n${await engine.log()}`);
    if (Date.now() > deadline) throw new Error(`Kafka did not answer within ${READY_WITHIN_MS / 1000} s. Its log ends with:\n${await engine.log()}`, { cause: last });
    const admin = kafka.admin();
    try {
      await admin.connect();
      const cluster = await admin.describeCluster();
      if (cluster.clusterId !== clusterId) throw new Error(`Address already in use: cluster ${cluster.clusterId} answers instead of ${clusterId}`);
      if (cluster.brokers.length > 0 && cluster.controller !== null) return;
    } catch (error) {
      if (String(error).includes('Address already in use')) throw error;
      last = error;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
