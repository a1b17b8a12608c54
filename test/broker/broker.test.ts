import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBroker, type Broker } from './broker.js';
import { findJava } from './jars.js';
import { testKafka } from './shared.js';
import { readTopic } from './topics.js';

let broker: Broker;
before(async () => {
  broker = await startBroker({ own: true });
});
after(() => broker.stop());

/** Sets variables of the environment for one test. */
function setEnvironment(t: TestContext, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const old = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (old === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = old;
    });
  }
}

function listens(bootstrap: string): Promise<boolean> {
  const [host, port] = bootstrap.split(':') as [string, string];
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

test('a transaction that was committed can be read, and one that was aborted cannot', async (t) => {
  const { kafka, name, createTopics } = testKafka(broker, t);
  await createTopics({ topic: name('records'), numPartitions: 2 });
  const producer = kafka.producer({ transactionalId: name('writer'), maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  t.after(() => producer.disconnect());
  for (const [value, keep] of [['first', true], ['second', false], ['third', true]] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: name('records'), messages: [{ key: 'k', value, partition: 1, headers: { number: '7' } }] });
    await (keep ? transaction.commit() : transaction.abort());
  }
  const records = await readTopic(kafka, name('records'));
  assert.deepEqual(records.map(({ value }) => value?.toString()), ['first', 'third']);
  assert.deepEqual(records.map(({ partition, key, headers }) => [partition, key?.toString(), headers['number']]), [[1, 'k', '7'], [1, 'k', '7']]);
});

test('tests that share a broker do not see each other\'s topics, and their topics go when they end', async (t) => {
  const admin = broker.client().admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  let made = '';
  await t.test('one', async (inner) => {
    const { name, createTopics } = testKafka(broker, inner);
    made = name('mine');
    await createTopics({ topic: made });
    assert.ok((await admin.listTopics()).includes(made));
  });
  assert.notEqual(testKafka(broker, t).name('mine'), made);
  assert.ok(!(await admin.listTopics()).includes(made));
});

test('a broker that was killed comes back at the same address with its records', async (t) => {
  const { kafka, name, createTopics } = testKafka(broker, t);
  await createTopics({ topic: name('kept') });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: name('kept'), acks: -1, messages: [{ value: 'before' }] });
  await producer.disconnect();
  await broker.kill();
  assert.equal(await listens(broker.bootstrap), false);
  await broker.restart();
  assert.deepEqual((await readTopic(kafka, name('kept'))).map(({ value }) => value?.toString()), ['before']);
});

test('a broker ends, and its data go, when the process that started it is killed', async () => {
  // A folder of its own: other test files have brokers too.
  const temporary = mkdtempSync(join(tmpdir(), 'framewitness-crash-'));
  const script = fileURLToPath(new URL('crashing-process.ts', import.meta.url));
  const crashed = spawnSync(process.execPath, ['--import', 'tsx', script], { env: { ...process.env, TMPDIR: temporary }, encoding: 'utf8' });
  assert.equal(crashed.signal, 'SIGKILL', crashed.stderr);
  assert.match(crashed.stdout, /^127\.0\.0\.1:\d+$/);
  while ((await listens(crashed.stdout)) || readdirSync(temporary).some((name) => name.startsWith('framewitness-broker-'))) await delay(50);
  rmSync(temporary, { recursive: true });
});

test('a broker of somebody else is refused unless its cluster id is named', async (t) => {
  setEnvironment(t, { FRAMEWITNESS_TEST_KAFKA: broker.bootstrap, FRAMEWITNESS_TEST_KAFKA_CLUSTER: '' });
  const empty = await startBroker();
  assert.deepEqual([empty.bootstrap, empty.clusterId, empty.own], [broker.bootstrap, broker.clusterId, false]);
  await assert.rejects(empty.kill(), /is not the test's own/);

  const admin = broker.client().admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'payments' }], waitForLeaders: true });
  t.after(async () => {
    await admin.deleteTopics({ topics: ['payments'] });
    await admin.disconnect();
  });
  await assert.rejects(startBroker(), (error: Error) => error.message.includes('payments') && error.message.includes(`FRAMEWITNESS_TEST_KAFKA_CLUSTER=${broker.clusterId}`));
  setEnvironment(t, { FRAMEWITNESS_TEST_KAFKA_CLUSTER: broker.clusterId });
  assert.equal((await startBroker()).clusterId, broker.clusterId);
});

test('without Java, or without Maven, it says what to install', async (t) => {
  const nothing = mkdtempSync(join(tmpdir(), 'framewitness-nothing-'));
  t.after(() => rmSync(nothing, { recursive: true }));
  setEnvironment(t, { JAVA_HOME: nothing });
  await assert.rejects(findJava(), /There is no Java .*npm run setup.*default-jre-headless maven.*FRAMEWITNESS_TEST_KAFKA/s);
});
