import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FramewitnessError } from '../../../src/domain/errors.js';
import { SILENT } from '../../../src/domain/logger.js';
import { parseTopology } from '../../../src/topology/lint.js';
import type { KafkaSettings } from '../../../src/topology/schema.js';
import { createKafkaClient, kafkaSettings } from '../../../src/transports/kafka/client.js';
import { failureOf } from '../../../src/transports/kafka/failure.js';
import { fixture } from '../../topology/fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-client-'));

function settings(yaml: string): KafkaSettings {
  const { topology, problems } = parseTopology(`${fixture('minimal.yaml')}\ntransport:\n  kafka:\n    brokers: ["127.0.0.1:1"]\n${yaml}`, 'topology.yaml', {});
  assert.ok(topology !== undefined, JSON.stringify(problems));
  return kafkaSettings(topology);
}

function codeOf(yaml: string, environment: Record<string, string> = {}): string {
  try {
    createKafkaClient(settings(yaml), { folder, logger: SILENT, environment });
  } catch (error) {
    assert.ok(error instanceof FramewitnessError);
    assert.doesNotMatch(error.message, /hunter2/);
    return error.code;
  }
  return 'made';
}

describe('the Kafka client', () => {
  test('needs the transport section', () => {
    const { topology } = parseTopology(fixture('minimal.yaml'), 'topology.yaml', {});
    assert.throws(() => kafkaSettings(topology!), (error: FramewitnessError) => error.code === 'FW_TRANSPORT_MISSING');
  });

  test('takes secrets from the environment or a file, and says which is missing', () => {
    writeFileSync(join(folder, 'password'), 'hunter2\n');
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
      assert.equal(codeOf(`    sasl: {mechanism: ${mechanism}, username: me, secretVariable: SECRET}`, { SECRET: 'hunter2' }), 'made');
      assert.equal(codeOf(`    sasl: {mechanism: ${mechanism}, username: me, secretFile: password}`), 'made');
      assert.equal(codeOf(`    sasl: {mechanism: ${mechanism}, username: me, secretVariable: SECRET}`), 'FW_KAFKA_SECRET');
      assert.equal(codeOf(`    sasl: {mechanism: ${mechanism}, username: me, secretFile: nowhere}`), 'FW_KAFKA_SECRET');
      assert.equal(codeOf(`    sasl: {mechanism: ${mechanism}, username: me}`), 'FW_KAFKA_SECRET');
      assert.equal(codeOf(`    sasl: {mechanism: ${mechanism}, secretVariable: SECRET}`, { SECRET: 'hunter2' }), 'FW_KAFKA_SECRET');
    }
  });

  test('says which TLS file cannot be read', () => {
    assert.equal(codeOf('    tls: {enabled: true, ca: nowhere.pem}'), 'FW_KAFKA_SECRET');
    assert.equal(codeOf('    tls: {enabled: true}'), 'made');
  });

  test('says that no broker answers', async () => {
    const admin = createKafkaClient(settings('    retries: {initialMillis: 1, maxMillis: 2}'), { folder, logger: SILENT }).admin();
    await assert.rejects(admin.connect(), (error) => failureOf(error, 'connect').code === 'FW_KAFKA_UNREACHABLE');
    await admin.disconnect();
  });
});
