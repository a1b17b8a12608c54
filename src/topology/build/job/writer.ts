/** Writes what records of a partition lead to: all of it in one transaction, with the state after it and the place to go on from. */
import type { KafkaMessage, Message, TopicMessages } from 'kafkajs';
import { FramewitnessError } from '../../../domain/errors.js';
import type { StreamEnd } from '../../../domain/stream-verdict.js';
import { saveProgress, type StreamProgress } from '../../../stages/progress.js';
import { drawStreamVerdict } from '../../../stages/stream-tally.js';
import { eventRecord } from '../../../transports/kafka/cloud-events.js';
import { deadLetterRecord } from '../../../transports/kafka/dead-letters.js';
import type { PartitionProducer } from '../../../transports/kafka/partition-producer.js';
import { endRecord, forgetEnd, forgetStream, positionRecord, streamRecords, type RestoredPartition, type StateRecord } from '../../../transports/kafka/state-records.js';
import type { JobContext } from './context.js';
import type { JobEvent } from './events.js';
import type { SegmentWatch } from '../../../telemetry/segment-watch.js';
import type { Conclusion, StepOutput } from './steps.js';

/** A record whose conclusion is ready. */
export interface Concluded {
  readonly offset: bigint;
  readonly message: KafkaMessage;
  /** Lower-case hex SHA-256 of the record's value. */
  readonly sha256: string;
  /** Bytes that it holds in memory. */
  readonly bytes: number;
  readonly conclusion: Conclusion;
  /** Null for what is no segment. */
  readonly watch: SegmentWatch | null;
}

/** What is to be said of a stream at the end of a transaction. */
interface StreamOutcome {
  readonly progress: StreamProgress;
  readonly touched: bigint;
  readonly end: StreamEnd | null;
}

/** What a transaction holds, and what is told once it is committed. */
interface Draft {
  readonly messages: Map<string, Message[]>;
  readonly streams: Map<string, StreamOutcome>;
  readonly forgotten: string[];
  readonly events: JobEvent[];
}

/** The writer of one partition. */
export class PartitionWriter {
  readonly #context: JobContext;
  readonly #partition: number;
  readonly #producer: PartitionProducer;
  /** Taken in and not committed, in order. */
  readonly #outstanding = new Set<bigint>();
  /** Committed although something before it is not. */
  #done: readonly bigint[];
  /** Pieces of state that the topic holds, by stream. */
  readonly #pieces: Map<string, number>;

  constructor(context: JobContext, partition: number, producer: PartitionProducer, restored: RestoredPartition) {
    this.#context = context;
    this.#partition = partition;
    this.#producer = producer;
    this.#done = restored.position?.done ?? [];
    this.#pieces = new Map(restored.open.map(({ stream, pieces }) => [stream, pieces]));
  }

  /** A record was taken in. In order of offsets. */
  take(offset: bigint): void {
    this.#outstanding.add(offset);
  }

  /**
   * Commits records, in any order across streams.
   *
   * @param next - the offset after the last that was taken in
   * @param isOver - asked before anything is sent
   * @throws FramewitnessError FW_KAFKA_…; then it is not known here what was committed
   */
  async write(taken: readonly Concluded[], next: bigint, isOver: () => boolean): Promise<void> {
    const begun = performance.now();
    const draft: Draft = { messages: new Map(), streams: new Map(), forgotten: [], events: [] };
    for (const each of taken) for (const output of each.conclusion.outputs) this.#put(draft, output, each);
    const committed = new Set(taken.map(({ offset }) => offset));
    const [offset = next] = [...this.#outstanding].filter((each) => !committed.has(each));
    const done = [...this.#done, ...committed].filter((each) => each > offset).sort((a, b) => (a < b ? -1 : 1));
    const pieces = await this.#putStreams(draft);
    this.#putState(draft, [positionRecord(this.#partition, { offset, done })]);
    if (isOver()) throw new FramewitnessError('FW_INTERRUPTED', `partition ${this.#partition} is no longer worked on here`);
    const records: TopicMessages[] = [...draft.messages].map(([topic, messages]) => ({ topic, messages }));
    await this.#producer.commit(records, offset);
    for (const each of committed) this.#outstanding.delete(each);
    this.#done = done;
    for (const [stream, count] of pieces) {
      if (count === 0) this.#pieces.delete(stream);
      else this.#pieces.set(stream, count);
    }
    for (const { watch, conclusion: { outputs } } of taken) watch?.end(outputs.find((output) => output.kind === 'verdict')?.verdict.finding.verdict ?? null, outputs.find((output) => output.kind === 'dead-letter')?.error.code);
    for (const event of draft.events) this.#context.observe(event);
    this.#context.observe({ kind: 'committed', partition: this.#partition, records: taken.length, offset, millis: performance.now() - begun });
  }

  #put(draft: Draft, output: StepOutput, { message, sha256, watch }: Concluded): void {
    const { topics } = this.#context.settings;
    const { source } = this.#context;
    const partition = this.#partition;
    switch (output.kind) {
      case 'verdict': {
        const { verdict, late, missing } = output;
        push(draft, topics.verdicts, eventRecord({ kind: 'verdict', id: verdict.hash, source, stream: verdict.finding.stream }, verdict, watch?.headers));
        draft.events.push({ kind: 'verdict', partition, verdict, late, missing });
        return;
      }
      case 'alert': {
        const { alert } = output;
        push(draft, topics.alerts, eventRecord({ kind: 'alert', id: `${alert.id}/${alert.change}`, source, stream: alert.stream }, alert, watch?.headers));
        draft.events.push({ kind: 'alert', partition, alert });
        return;
      }
      case 'dead-letter': {
        const { offset, stream, stage, error } = output;
        const { key, value, headers } = message;
        push(draft, topics.deadLetters, deadLetterRecord({ key, value, headers, topic: topics.segments, partition, offset: String(offset), sha256, stage, error, stream, source }, this.#context.maxDeadLetterBytes));
        draft.events.push({ kind: 'dead-letter', partition, offset, stream, code: error.code, message: error.message });
        return;
      }
      case 'progress':
        draft.streams.set(output.stream, { progress: output.progress, touched: output.touched, end: null });
        return;
      case 'ended':
        draft.streams.set(output.stream, { progress: output.progress, touched: output.offset, end: output.reason });
        draft.events.push({ kind: 'stream-ended', partition, stream: output.stream, reason: output.reason });
        return;
      case 'forgotten':
        draft.forgotten.push(output.stream);
        return;
      case 'event':
        draft.events.push(output.event);
    }
  }

  /** Stream verdicts and states; only the last of each stream counts. The numbers of pieces that the topic holds then. */
  async #putStreams(draft: Draft): Promise<ReadonlyMap<string, number>> {
    const { source, topologyDigest, settings } = this.#context;
    const pieces = new Map<string, number>();
    for (const [stream, { progress, touched, end }] of draft.streams) {
      const { head, tally } = progress;
      const id = `${stream}/${head ?? 'none'}/${tally.segments.refused + tally.segments.repeated}/${end ?? 'open'}`;
      push(draft, settings.topics.streams, eventRecord({ kind: 'stream', id, source, stream }, drawStreamVerdict(stream, tally, { head, end, topologyDigest })));
      const before = this.#pieces.get(stream) ?? 0;
      if (end === null) {
        const saved = await streamRecords(this.#partition, stream, { blob: saveProgress(progress), touched }, before);
        this.#putState(draft, saved.records);
        pieces.set(stream, saved.pieces);
      } else {
        this.#putState(draft, [...forgetStream(this.#partition, stream, before), endRecord(this.#partition, stream, touched)]);
        pieces.set(stream, 0);
      }
    }
    this.#putState(draft, draft.forgotten.map((stream) => forgetEnd(this.#partition, stream)));
    return pieces;
  }

  #putState(draft: Draft, records: readonly StateRecord[]): void {
    for (const { key, value } of records) push(draft, this.#context.settings.topics.state, { key, value, partition: this.#partition });
  }
}

function push(draft: Draft, topic: string, message: Message): void {
  const messages = draft.messages.get(topic);
  if (messages === undefined) draft.messages.set(topic, [message]);
  else messages.push(message);
}
