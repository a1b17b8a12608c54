/** One broker for all tests of a file; each test gets topics and groups that no other test knows. */
import { randomBytes } from 'node:crypto';
import { after, before, type TestContext } from 'node:test';
import type { ITopicConfig, Kafka } from 'kafkajs';
import { startBroker, type Broker, type BrokerOptions } from './broker.js';
import { TEST_PREFIX } from './given-broker.js';

/** What one test has of the broker. */
export interface TestKafka {
  readonly broker: Broker;
  readonly kafka: Kafka;
  /** Begins every topic, group and transactional id of this test. */
  readonly prefix: string;
  /** The test's own name for a topic or a group. */
  readonly name: (suffix: string) => string;
  /** Creates topics by full name; deleted when the test ends. */
  readonly createTopics: (...topics: readonly ITopicConfig[]) => Promise<void>;
}

/** Call at the top of a test file: the broker starts before its tests and stops after them. @returns a function that gives a test its part */
export function sharedBroker(options: BrokerOptions = {}): (t: TestContext) => TestKafka {
  let broker: Broker | undefined;
  before(async () => {
    broker = await startBroker(options);
  });
  after(async () => {
    await broker?.stop();
  });
  return (t) => {
    if (broker === undefined) throw new Error('the broker is there once the tests of the file run');
    return testKafka(broker, t);
  };
}

/** A test's own part of a broker. When the test ends, every topic that begins with its prefix is deleted. */
export function testKafka(broker: Broker, t: TestContext): TestKafka {
  const prefix = `${TEST_PREFIX}${randomBytes(5).toString('hex')}-`;
  const kafka = broker.client();
  t.after(async () => {
    const admin = kafka.admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    // A broker of our own takes its groups along when it goes.
    const groups = broker.own ? [] : (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix));
    if (groups.length > 0) await admin.deleteGroups(groups);
    await admin.disconnect();
  });
  return {
    broker,
    kafka,
    prefix,
    name: (suffix) => prefix + suffix,
    createTopics: async (...topics) => {
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ waitForLeaders: true, topics: [...topics] });
      await admin.disconnect();
    },
  };
}
