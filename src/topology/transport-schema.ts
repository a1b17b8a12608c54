/** The `transport` section of a topology: how segments come in and verdicts go out. No verdict depends on it. */
import { z } from 'zod';
import { claims } from './claims-section.js';
import { number, option, section, text, toggle, whole } from './fields.js';

const TOPIC = /^[A-Za-z0-9._-]{1,200}$/;
const TOPIC_FORM = 'letters, digits, dots, hyphens and underscores, at most 200';
const PATH = /^[^\u0000-\u001f\u007f-\u009f]{0,1024}$/;

const topic = (about: string, name: string): z.ZodDefault<z.ZodString> => text({ about, pattern: TOPIC, form: TOPIC_FORM, example: name, default: name });
const path = (about: string): z.ZodDefault<z.ZodString> => text({ about: `${about} A relative path starts at the folder of this file.`, pattern: PATH, form: 'a path, or empty', example: '', default: '' });

const tls = section('Encryption of the connections to the brokers.', {
  enabled: toggle({ about: 'Connect by TLS.', default: false }),
  ca: path('File with the certificates (PEM) that the brokers are checked against; empty: those that Node trusts.'),
  cert: path('File with our own certificate (PEM), where the brokers ask for one.'),
  key: path('File with the key (PEM) of our own certificate.'),
});

const sasl = section('How to say who we are. The secret is never in this file: name a variable of the environment, or a file.', {
  mechanism: option({ about: 'none: not at all. plain and scram take a user and a password, oauthbearer a token.', values: ['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'], default: 'none' }),
  username: text({ about: 'User, for plain and scram.', pattern: PATH, form: 'at most 1024 characters', example: 'framewitness', default: '' }),
  secretVariable: text({ about: 'Variable of the environment that holds the password or the token.', pattern: /^(?:[A-Za-z_][A-Za-z0-9_]{0,127})?$/, form: 'the name of a variable, or empty', example: 'KAFKA_PASSWORD', default: '' }),
  secretFile: path('File that holds the password or the token, read anew for each connection, so that it may be replaced; used where secretVariable is empty.'),
});

const topics = section('Names of the topics.', {
  segments: topic('Input: segments, keyed by stream.', 'framewitness.segments'),
  verdicts: topic('Segment verdicts.', 'framewitness.verdicts'),
  streams: topic('Stream verdicts; compacted.', 'framewitness.streams'),
  alerts: topic('Alerts that opened or closed.', 'framewitness.alerts'),
  deadLetters: topic('Input that could not be judged.', 'framewitness.dead-letters'),
  state: topic('State of the streams; compacted, internal, with as many partitions as segments.', 'framewitness.state'),
});

const create = section('What `framewitness topics create` asks for where a topic is missing.', {
  partitions: whole({ about: 'Partitions of each topic. The number of segments and state is the most workers that can share the work; changing it later moves streams away from their state.', unit: 'partitions', min: 1, max: 10_000, default: 4 }),
  replicationFactor: whole({ about: 'Copies of each partition.', unit: 'brokers', min: 1, max: 32, default: 1 }),
  minInSyncReplicas: whole({ about: 'Copies that must have a record before it counts as written.', unit: 'brokers', min: 1, max: 32, default: 1 }),
  maxSegmentRecordBytes: whole({ about: 'Largest record of the topic of segments; that of dead letters allows a little more.', unit: 'bytes', min: 65_536, max: 1_073_741_824, default: 33_554_432 }),
  maxOutputRecordBytes: whole({ about: 'Largest record of the topics of verdicts, stream verdicts and alerts.', unit: 'bytes', min: 65_536, max: 1_073_741_824, default: 8_388_608 }),
});

const consumer = section('Membership in the consumer group, and how records are fetched.', {
  sessionTimeoutMillis: whole({ about: 'A worker that is not heard of for so long has lost its partitions.', unit: 'milliseconds', min: 1_000, max: 1_800_000, default: 30_000 }),
  heartbeatMillis: whole({ about: 'Time from one sign of life to the next.', unit: 'milliseconds', min: 100, max: 600_000, default: 3_000 }),
  rebalanceTimeoutMillis: whole({ about: 'Longest time that the group waits for a worker when partitions are shared out anew.', unit: 'milliseconds', min: 1_000, max: 1_800_000, default: 60_000 }),
  metadataMaxAgeMillis: whole({ about: 'Topics that grew are noticed after so long.', unit: 'milliseconds', min: 1_000, max: 3_600_000, default: 60_000 }),
  maxBytesInFlight: whole({ about: 'Bytes of segments in memory, over all partitions of a worker, from which fetching pauses. One segment a partition is always let through.', unit: 'bytes', min: 1_048_576, max: 68_719_476_736, default: 268_435_456 }),
  maxFetchBytes: whole({ about: 'Most bytes of one fetch from one partition; a larger record comes alone.', unit: 'bytes', min: 65_536, max: 1_073_741_824, default: 8_388_608 }),
  maxFetchWaitMillis: whole({ about: 'Longest time that a broker waits for records to come before it answers.', unit: 'milliseconds', min: 5, max: 30_000, default: 100 }),
});

const transactions = section('Transactions. Everything that a segment leads to is in one, with the offset of the segment.', {
  timeoutMillis: whole({ about: 'A transaction that is open for longer is undone by the broker.', unit: 'milliseconds', min: 1_000, max: 900_000, default: 60_000 }),
  maxSegments: whole({ about: 'Most segments of a partition whose results are committed together, if they are ready.', unit: 'segments', min: 1, max: 10_000, default: 64 }),
  maxDelayMillis: whole({ about: 'Time that a finished result may wait for others, so that fewer transactions are needed.', unit: 'milliseconds', min: 0, max: 60_000, default: 50 }),
});

const retries = section('How an unreachable broker is tried again; the job itself goes on for as long as it takes.', {
  initialMillis: whole({ about: 'First wait.', unit: 'milliseconds', min: 1, max: 60_000, default: 30 }),
  maxMillis: whole({ about: 'Longest wait.', unit: 'milliseconds', min: 1, max: 600_000, default: 3_000 }),
  multiplier: number({ about: 'Each wait is so many times the one before.', unit: 'times', min: 1, max: 10, default: 2 }),
  connectTimeoutMillis: whole({ about: 'Longest time to connect.', unit: 'milliseconds', min: 100, max: 600_000, default: 5_000 }),
  requestTimeoutMillis: whole({ about: 'Longest time for an answer.', unit: 'milliseconds', min: 1_000, max: 600_000, default: 30_000 }),
});

const streams = section('What becomes of segments that are out of order, and how much is remembered.', {
  lateSegments: option({
    about: 'A segment that was missing when its successors were judged. revise: it is judged alone and its verdict added to the chain. dead-letter: it is not judged.',
    values: ['revise', 'dead-letter'],
    default: 'revise',
  }),
  rememberedEnds: whole({ about: 'Ended streams of a partition that are remembered, so that what comes after an end is refused; older ones are forgotten, oldest first.', unit: 'streams', min: 0, max: 1_000_000, default: 1_000 }),
  maxOpen: whole({ about: 'Most streams of a partition that are open at once. When another one begins, the one that has had no segment for longest is closed, as if it had ended.', unit: 'streams', min: 1, max: 1_000_000, default: 1_000 }),
});

const broker = text({ about: 'Address of a broker.', pattern: /^[^\s,:/]+:[0-9]{1,5}$|^\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}$/, form: 'host:port', example: '127.0.0.1:9092' });

const kafka = z
  .strictObject({
    brokers: z.array(broker).min(1).max(64).meta({ description: 'Brokers to begin with; the others of the cluster are learnt from them.' }),
    applicationId: text({ about: 'Name of the job: its consumer group, and the first part of its transactional ids. Workers that share the work share it; another job must have another.', pattern: TOPIC, form: TOPIC_FORM, example: 'framewitness', default: 'framewitness' }),
    clientId: text({ about: 'Name of this client in the logs and quotas of the brokers.', pattern: TOPIC, form: TOPIC_FORM, example: 'framewitness', default: 'framewitness' }),
    tls,
    sasl,
    topics,
    create,
    consumer,
    transactions,
    retries,
    streams,
  })
  .meta({ description: 'Apache Kafka: `framewitness run`, `topics`, `ingest`, `replay` and `archive` use it.' });

/** The section; a topology that only scans files has none. */
export const transport = z.strictObject({ kafka, claims }).optional().meta({ description: 'Where segments come from and verdicts go, other than files. No verdict depends on it, so the digest leaves it out.' });
