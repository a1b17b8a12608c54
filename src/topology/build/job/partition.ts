/** One partition that is ours: takes its records in, and commits what they lead to, each exactly once. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { FramewitnessError } from '../../../domain/errors.js';
import { parseClaim } from '../../../transports/claims/claim.js';
import type { PartitionProducer } from '../../../transports/kafka/partition-producer.js';
import { parseRecord, type InputRecord, type SegmentRecord } from '../../../transports/kafka/records.js';
import type { FetchProgress } from '../../../transports/kafka/membership.js';
import type { RestoredPartition } from '../../../transports/kafka/state-records.js';
import { restoreProgress } from '../../../stages/progress.js';
import type { JobContext } from './context.js';
import { PartitionStreams } from './streams.js';
import type { SegmentWatch } from '../../../telemetry/segment-watch.js';
import type { Conclusion } from './steps.js';
import { PartitionWriter, type Concluded } from './writer.js';

/** Records of a partition that may wait for their commit, beside the bound on bytes. */
const MAX_HELD_RECORDS = 2_000;

/** What a partition asks of its surroundings. */
export interface PartitionOptions {
  readonly context: JobContext;
  readonly partition: number;
  readonly producer: PartitionProducer;
  readonly restored: RestoredPartition;
  /** Where to go on reading. */
  readonly offset: bigint;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Bytes that this partition may hold before it is paused; asked each time. */
  readonly maxBytes: () => number;
  /** Called once when the partition cannot go on: what it had not committed has to be done again by whoever owns it next. */
  readonly onFailed: (error: FramewitnessError) => void;
}

/** A partition at work. */
export class PartitionTask {
  readonly partition: number;
  readonly #options: PartitionOptions;
  readonly #streams: PartitionStreams;
  readonly #writer: PartitionWriter;
  readonly #skip: Set<bigint>;
  #next: bigint;
  #heldBytes = 0;
  #held = 0;
  #paused = false;
  #ready: Concluded[] = [];
  #committing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #intake = true;

  constructor(options: PartitionOptions) {
    const { context, partition, restored, offset } = options;
    this.#options = options;
    this.partition = partition;
    this.#next = offset;
    this.#skip = new Set(restored.position?.done);
    this.#streams = new PartitionStreams(context, partition);
    for (const { stream, blob, touched } of restored.open) this.#streams.restore(stream, restoreProgress(blob, stream), touched);
    for (const { stream, offset: end } of restored.ended) this.#streams.restoreEnd(stream, end);
    this.#writer = new PartitionWriter(context, partition, options.producer, restored);
  }

  /** The offset from which to fetch next. */
  get next(): bigint {
    return this.#next;
  }

  /** Whether fetching is held back. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Takes records in; false when they do not go on from the ones before. */
  accept(messages: readonly KafkaMessage[], progress: FetchProgress): boolean {
    if (this.#over || !this.#intake || progress.from > this.#next) return false;
    const fresh = messages.filter(({ offset }) => BigInt(offset) >= this.#next);
    let bytes = 0;
    for (const message of fresh) bytes += this.#take(message);
    if (progress.next > this.#next) this.#next = progress.next;
    this.#options.context.observe({ kind: 'fetched', partition: this.partition, records: fresh.length, bytes, next: this.#next, lag: Math.max(0, Number(progress.end - this.#next)) });
    this.#balance();
    return true;
  }

  /** Offsets up to `next` hold no records of ours. */
  passed(next: bigint): void {
    if (next > this.#next) this.#next = next;
  }

  /** Takes nothing in any more; what waits for room is given up, what is under way is finished and committed. */
  async drain(settled: Promise<void>): Promise<void> {
    this.#intake = false;
    await settled;
    // What was judged last becomes ready in the turns that follow.
    await setImmediate();
    while (this.#ready.length > 0 || this.#committing) await this.#commitNow();
    await this.abandon();
  }

  /** Stops at once. Nothing is committed after this resolves. */
  async abandon(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    await this.#committing?.catch(() => undefined);
    await this.#options.producer.close();
  }

  #take(message: KafkaMessage): number {
    const offset = BigInt(message.offset);
    const bytes = (message.value?.length ?? 0) + (message.key?.length ?? 0);
    if (this.#skip.delete(offset)) return 0;
    this.#writer.take(offset);
    this.#held++;
    this.#heldBytes += bytes;
    const sha256 = createHash('sha256').update(message.value ?? '').digest('hex');
    const { conclusion: concluding, watch } = this.#conclude(message, offset, sha256);
    concluding.then(
      (conclusion) => {
        if (this.#over) return;
        this.#ready.push({ offset, message, sha256, bytes, conclusion, watch });
        this.#schedule();
      },
      (error: unknown) => {
        this.#fail(FramewitnessError.from(error, 'FW_INTERNAL'));
      },
    );
    return bytes;
  }

  #conclude(message: KafkaMessage, offset: bigint, sha256: string): { readonly conclusion: Promise<Conclusion>; readonly watch: SegmentWatch | null } {
    let record: InputRecord;
    try {
      record = parseRecord(message);
    } catch (error) {
      const known = FramewitnessError.from(error, 'FW_INTERNAL');
      // What the key says may be no stream id.
      const stream = known.code === 'FW_RECORD_KEY' ? '' : (message.key?.toString('utf8') ?? '');
      return { conclusion: Promise.resolve({ outputs: [{ kind: 'dead-letter', offset, stream, stage: 'record', error: known }] }), watch: null };
    }
    if (record.kind === 'end') return { conclusion: this.#streams.end(offset, record), watch: null };
    const watch = this.#options.context.watch({ ...record, partition: this.partition, offset });
    return { conclusion: this.#streams.segment({ offset, record, sha256: mediaDigest(record) ?? sha256, watch }), watch };
  }

  #balance(): void {
    const full = this.#heldBytes >= this.#options.maxBytes() || this.#held >= MAX_HELD_RECORDS;
    if (full !== this.#paused && !this.#over && this.#intake) {
      this.#paused = full;
      if (full) this.#options.pause();
      else this.#options.resume();
    }
    this.#options.context.observe({ kind: 'held', partition: this.partition, records: this.#held, bytes: this.#heldBytes, paused: this.#paused });
  }

  /** Commits at once when enough is ready or nothing else is under way, else a little later, with what is ready then. */
  #schedule(): void {
    if (this.#committing || this.#over) return;
    const { maxSegments, maxDelayMillis } = this.#options.context.settings.transactions;
    if (this.#ready.length >= maxSegments || this.#ready.length === this.#held) {
      void this.#commitNow();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#commitNow();
    }, maxDelayMillis);
  }

  #commitNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#committing ??= this.#commit().finally(() => {
      this.#committing = undefined;
      if (this.#ready.length > 0) this.#schedule();
    });
    return this.#committing;
  }

  async #commit(): Promise<void> {
    if (this.#over) {
      this.#ready = [];
      return;
    }
    const taken = this.#ready.splice(0, this.#options.context.settings.transactions.maxSegments);
    if (taken.length === 0) return;
    try {
      await this.#writer.write(taken, this.#next, () => this.#over);
    } catch (error) {
      this.#fail(FramewitnessError.from(error, 'FW_INTERNAL'));
      return;
    }
    for (const { bytes } of taken) this.#heldBytes -= bytes;
    this.#held -= taken.length;
    this.#balance();
  }

  #fail(error: FramewitnessError): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#ready = [];
    this.#options.onFailed(error);
  }
}

/** A claim check names the digest of its media; undefined where the value is the media. */
function mediaDigest(record: SegmentRecord): string | undefined {
  if (record.kind === 'media') return undefined;
  try {
    return parseClaim(record.value, {}).sha256;
  } catch {
    // It will be said of the segment when its media is wanted; its own bytes tell it from others.
    return undefined;
  }
}
