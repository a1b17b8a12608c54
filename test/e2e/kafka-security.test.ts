/** The job on a broker that speaks TLS only, asks for a client certificate, and lets in who has a password or a token. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connect, createServer } from 'node:tls';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { FramewitnessError } from '../../src/domain/errors.js';
import { SILENT } from '../../src/domain/logger.js';
import { loadTopology, type LoadedTopology } from '../../src/topology/load.js';
import { createKafkaClient, kafkaSettings } from '../../src/transports/kafka/client.js';
import { failureOf } from '../../src/transports/kafka/failure.js';
import { createTopics } from '../../src/transports/kafka/topics.js';
import { startBroker, type Broker } from '../broker/broker.js';
import { makeCertificates, tlsProperties, type Certificates } from '../broker/certificates.js';
import { testKafka } from '../broker/shared.js';
import { readTopic } from '../broker/topics.js';
import { startFeed } from '../job/feed.js';
import { writeJobTopology } from '../job/topology.js';
import { jobTopics } from '../job/topics.js';
import { runCli } from '../support/cli.js';
import { count, startJob } from '../support/kafka-job.js';

const USER = 'judge';
const PASSWORD = 'correct-horse-battery';
const VARIABLE = 'FRAMEWITNESS_SECURITY_TEST';
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
type Mechanism = (typeof MECHANISMS)[number];

/** A token of the kind that Kafka's own validator for tests takes: a JWS that nobody signed. */
function token(expiresInSeconds: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: USER, iat: now - 7200, exp: now + expiresInSeconds })}.`;
}

let folder: string;
let certificates: Certificates;
let broker: Broker;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'framewitness-security-'));
  certificates = await makeCertificates(folder);
  const login = (mechanism: string, module: string): Record<string, string> => ({ [`listener.name.client.${mechanism}.sasl.jaas.config`]: `org.apache.kafka.common.security.${module};` });
  broker = await startBroker({
    protocol: 'SASL_SSL',
    formatArguments: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${USER},password=${PASSWORD}]`]),
    properties: {
      ...tlsProperties(certificates),
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      ...login('plain', `plain.PlainLoginModule required user_${USER}="${PASSWORD}"`),
      ...login('scram-sha-256', 'scram.ScramLoginModule required'),
      ...login('scram-sha-512', 'scram.ScramLoginModule required'),
      ...login('oauthbearer', 'oauthbearer.OAuthBearerLoginModule required'),
    },
    client: {
      ssl: { ca: certificates.authority.certificate, cert: certificates.client.certificate, key: certificates.client.key },
      sasl: { mechanism: 'plain', username: USER, password: PASSWORD },
    },
  });
});
after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

/** Sets the variable that a topology takes its secret from, for one test. */
function setSecret(t: TestContext, secret: string): void {
  process.env[VARIABLE] = secret;
  t.after(() => Reflect.deleteProperty(process.env, VARIABLE));
}

interface Changes {
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly sasl?: Readonly<Record<string, unknown>>;
}

/** A topology that gets in by `mechanism`, but for what `changes` says. */
function topologyOf(prefix: string, mechanism: Mechanism, { tls = {}, sasl = {} }: Changes = {}): { readonly file: string; readonly loaded: LoadedTopology } {
  const { authority, client } = certificates;
  const file = writeJobTopology(folder, {
    bootstrap: broker.bootstrap,
    applicationId: `${prefix}job`,
    topics: jobTopics(prefix, 'job'),
    kafka: {
      tls: { enabled: true, ca: authority.certificateFile, cert: client.certificateFile, key: client.keyFile, ...tls },
      sasl: { mechanism, ...(mechanism === 'oauthbearer' ? {} : { username: USER }), secretVariable: VARIABLE, ...sasl },
      retries: { initialMillis: 5, maxMillis: 20 },
      create: { partitions: 1 },
    },
  });
  return { file, loaded: loadTopology(file) };
}

/** The api key of SaslAuthenticate. */
const SASL_AUTHENTICATE = 36;

/** The broker, behind a connection that breaks where a client says who it is. @returns its address */
async function breakingProxy(t: TestContext): Promise<string> {
  const { authority, broker: own, client } = certificates;
  const [host, port] = broker.bootstrap.split(':') as [string, string];
  const sockets = new Set<Socket>();
  const server = createServer({ cert: own.certificate, key: own.key }, (incoming) => {
    const outgoing = connect({ host, port: Number(port), ca: authority.certificate, cert: client.certificate, key: client.key });
    for (const socket of [incoming, outgoing]) sockets.add(socket.on('error', () => undefined));
    incoming.on('data', (bytes: Buffer) => {
      // kafkajs writes one request at a time: its length, then its api key.
      if (bytes.readInt16BE(4) !== SASL_AUTHENTICATE) outgoing.write(bytes);
      else for (const socket of [incoming, outgoing]) socket.destroy();
    });
    outgoing.on('data', (bytes: Buffer) => incoming.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** How a job ends that must not begin. */
async function refusal(loaded: LoadedTopology): Promise<FramewitnessError> {
  const running = startJob(loaded);
  const error: unknown = await running.until(() => false).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof FramewitnessError, String(error));
  return error;
}

describe('a broker that asks who we are', () => {
  for (const mechanism of MECHANISMS) {
    test(`a job works by ${mechanism} over TLS, with a certificate of its own`, async (t) => {
      const { kafka, prefix } = testKafka(broker, t);
      const secret = mechanism === 'oauthbearer' ? token(3600) : PASSWORD;
      writeFileSync(join(folder, 'secret'), `${secret}\n`);
      const { loaded } = topologyOf(prefix, mechanism, { sasl: { secretVariable: '', secretFile: 'secret' } });
      const settings = kafkaSettings(loaded.topology);
      const own = createKafkaClient(settings, { folder: loaded.folder, logger: SILENT });
      const admin = own.admin();
      await admin.connect();
      await createTopics(admin, settings);
      await admin.disconnect();
      const feed = await startFeed(own, { topic: settings.topics.segments, partitions: 1, streams: 1 });
      await feed.publish(2);
      await feed.end();
      await feed.close();
      const running = startJob(loaded);
      await running.until((events) => count(events, 'stream-ended') === 1);
      await running.stop();
      const verdicts = (await readTopic(kafka, settings.topics.verdicts)).map(({ value }) => JSON.parse(value!.toString('utf8')) as SegmentVerdict);
      assert.deepEqual(verdicts.map(({ finding }) => finding.sequence), [0, 1]);
    });
  }

  test('a wrong password and a token that has expired end the job with a code', async (t) => {
    for (const mechanism of MECHANISMS) {
      setSecret(t, mechanism === 'oauthbearer' ? token(-3600) : 'wrong');
      const { code, message } = await refusal(topologyOf(testKafka(broker, t).prefix, mechanism).loaded);
      assert.equal(code, 'FW_KAFKA_AUTHENTICATION', `${mechanism}: ${message}`);
    }
  });

  test('a certificate that another authority signed, none of our own, and no TLS at all end the job with a code', async (t) => {
    setSecret(t, PASSWORD);
    const { prefix } = testKafka(broker, t);
    const stranger = await refusal(topologyOf(prefix, 'plain', { tls: { ca: certificates.stranger.certificateFile } }).loaded);
    assert.equal(stranger.code, 'FW_KAFKA_TLS', stranger.message);
    assert.match(stranger.message, /certificate/);
    const system = await refusal(topologyOf(prefix, 'plain', { tls: { ca: '' } }).loaded);
    assert.equal(system.code, 'FW_KAFKA_TLS', system.message);
    const nameless = await refusal(topologyOf(prefix, 'plain', { tls: { cert: '', key: '' } }).loaded);
    // The broker refuses after the handshake: sometimes its reason comes, sometimes only the end of the connection.
    assert.match(nameless.code, /^FW_KAFKA_(?:TLS|UNREACHABLE)$/, nameless.message);
    const plain = await refusal(topologyOf(prefix, 'plain', { tls: { enabled: false } }).loaded);
    assert.equal(plain.code, 'FW_KAFKA_UNREACHABLE', plain.message);
  });

  test('a connection that breaks while it authenticates is an outage, and no refusal', async (t) => {
    setSecret(t, PASSWORD);
    const proxy = await breakingProxy(t);
    for (const mechanism of MECHANISMS) {
      const { loaded } = topologyOf('', mechanism);
      const admin = createKafkaClient({ ...kafkaSettings(loaded.topology), brokers: [proxy] }, { folder: loaded.folder, logger: SILENT }).admin();
      await assert.rejects(admin.connect(), (error) => {
        assert.equal(failureOf(error, 'connect').code, 'FW_KAFKA_UNREACHABLE', `${mechanism}: ${String(error)}`);
        return true;
      });
      await admin.disconnect();
    }
  });

  test('the command line says so, exits with 2, and keeps the secret to itself', async (t) => {
    const { file } = topologyOf(testKafka(broker, t).prefix, 'scram-sha-512');
    const wrong = 'not-the-password';
    const { code, stdout, stderr, timedOut } = await runCli(['run', '--log-level', 'debug', '--topology', file], { env: { [VARIABLE]: wrong }, limitMs: 120_000 });
    assert.deepEqual([code, timedOut], [2, false], stderr);
    assert.match(stderr, /error FW_KAFKA_AUTHENTICATION: /);
    assert.ok(!`${stdout}${stderr}`.includes(wrong));
  });
});
