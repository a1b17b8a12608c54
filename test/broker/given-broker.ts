/** The broker that the environment names, and the guard against using one that holds somebody's data. */
import type { Kafka } from 'kafkajs';

/** host:port of a broker for the tests. */
export const ADDRESS_VARIABLE = 'FRAMEWITNESS_TEST_KAFKA';
/** Its cluster id: says that the tests may use it although it is not empty. */
export const CLUSTER_VARIABLE = 'FRAMEWITNESS_TEST_KAFKA_CLUSTER';
/** How every topic and group of a test begins. */
export const TEST_PREFIX = 'framewitness-test-';

/** The address from the environment. */
export function givenAddress(): string | undefined {
  const address = process.env[ADDRESS_VARIABLE];
  return address === '' ? undefined : address;
}

/** Asks the broker for its cluster id and topics. @returns the cluster id @throws when it holds topics that no test made and its cluster id was not named */
export async function checkGivenBroker(kafka: Kafka, address: string): Promise<string> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    if (process.env[CLUSTER_VARIABLE] === clusterId) return clusterId;
    const foreign = (await admin.listTopics()).filter((topic) => !topic.startsWith('__') && !topic.startsWith(TEST_PREFIX)).sort();
    if (foreign.length === 0) return clusterId;
    const shown = foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? `, … (${foreign.length})` : '');
    throw new Error(`The broker at ${address} (${ADDRESS_VARIABLE}) holds topics that no test made: ${shown}. To let the tests use it all the same, set ${CLUSTER_VARIABLE}=${clusterId}.`);
  } finally {
    await admin.disconnect();
  }
}
