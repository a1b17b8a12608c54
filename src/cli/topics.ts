/** `framewitness topics`: makes and checks the Kafka topics of a job. */
import { Command } from 'commander';
import type { KafkaSettings } from '../topology/schema.js';
import { createKafkaClient, kafkaSettings } from '../transports/kafka/client.js';
import { failureOf } from '../transports/kafka/failure.js';
import { TOPIC_ROLES, checkTopics, createTopics, growTopics } from '../transports/kafka/topics.js';
import { EXIT } from './exit-codes.js';
import { streamLogger } from './job-log.js';
import { wholeNumber } from './ranges.js';
import { TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';

interface TopicsOptions {
  readonly topology: string;
  readonly json?: true;
  readonly partitions?: number;
}

type Admin = ReturnType<ReturnType<typeof createKafkaClient>['admin']>;

/** The command; `finish` gets the exit code. */
export function topicsCommand(finish: (code: number) => void): Command {
  const command = new Command('topics').description('Make and check the Kafka topics that a topology names.');
  const add = (name: string, description: string, act: (options: TopicsOptions) => Promise<void>): Command =>
    command
      .command(name)
      .description(description)
      .option('-t, --topology <file>', 'the topology; it needs a transport.kafka section', TOPOLOGY)
      .option('--json', 'print JSON')
      .action(async (options: TopicsOptions) => {
        await act(options);
        finish(EXIT.ok);
      });
  add('create', 'Make the topics that are missing, as transport.kafka.create says; those that are there stay as they are, and what is wrong with them is an error.', create);
  add('check', 'Say whether the topics are there and fit, as run does before it starts.', check);
  add('grow', 'Add partitions to the topics of state and of segments, in this order, also while jobs are at work; see Growing in docs/reference/kafka.md for what becomes of streams.', grow)
    .option('-p, --partitions <n>', 'how many each shall have; without it, as many as the larger of the two has', wholeNumber);
  return command;
}

async function withAdmin<T>({ topology }: TopicsOptions, act: (admin: Admin, settings: KafkaSettings) => Promise<T>): Promise<T> {
  const loaded = loadTopologyWithNotes(topology, (line) => process.stderr.write(`${line}\n`));
  const settings = kafkaSettings(loaded.topology);
  const admin = createKafkaClient(settings, { folder: loaded.folder, logger: streamLogger(process.stderr, 'warn', false) }).admin();
  try {
    await admin.connect().catch((error: unknown) => {
      throw failureOf(error, 'connect');
    });
    return await act(admin, settings);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function create(options: TopicsOptions): Promise<void> {
  const { created, existing } = await withAdmin(options, createTopics);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ created, existing })}\n`);
  else process.stdout.write([...created.map((name) => `created  ${name}\n`), ...existing.map((name) => `exists   ${name}\n`)].join(''));
}

async function grow(options: TopicsOptions): Promise<void> {
  const { grown } = await withAdmin(options, (admin, settings) => growTopics(admin, settings, options.partitions));
  if (options.json === true) process.stdout.write(`${JSON.stringify({ grown })}\n`);
  else process.stdout.write(grown.length === 0 ? 'nothing to add\n' : grown.map(({ name, before, after }) => `grown    ${name} from ${before} to ${after} partitions\n`).join(''));
}

async function check(options: TopicsOptions): Promise<void> {
  const topics = await withAdmin(options, checkTopics);
  if (options.json === true) process.stdout.write(`${JSON.stringify(TOPIC_ROLES.map((role) => topics[role]))}\n`);
  else process.stdout.write(TOPIC_ROLES.map((role) => `${topics[role].name}: ${topics[role].partitions} partitions, cleanup ${topics[role].cleanup}, records up to ${topics[role].maxRecordBytes} bytes\n`).join(''));
}
