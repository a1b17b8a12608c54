/** The streams of one partition: what each input record leads to, in order per stream. */
import { FramewitnessError, type ErrorCode } from '../../../domain/errors.js';
import type { SegmentWarning } from '../../../domain/media.js';
import type { StreamEnd } from '../../../domain/stream-verdict.js';
import type { StreamProgress } from '../../../stages/progress.js';
import { INITIAL_SEQUENCE, placeSegment, placementWarning, type SequenceState } from '../../../stages/sequence.js';
import { EMPTY_TALLY, tallyOther, tallyVerdict } from '../../../stages/stream-tally.js';
import type { EndRecord } from '../../../transports/kafka/records.js';
import { openLane, type Lane } from '../lane.js';
import type { JobContext } from './context.js';
import type { Conclusion, PlacedRecord, StepOutput } from './steps.js';

/** An open stream. Its intake runs ahead of its progress by what is under way. */
interface OpenStream {
  sequence: SequenceState;
  readonly lane: Lane;
  /** Progress after the last record that was taken in. */
  progress: Promise<StreamProgress>;
  touched: bigint;
}

const heard = (): void => undefined;

/** The streams of a partition. */
export class PartitionStreams {
  readonly #context: JobContext;
  readonly #partition: number;
  /** The stream whose last record is the oldest comes first. */
  readonly #open = new Map<string, OpenStream>();
  /** The oldest end first. */
  readonly #ended = new Map<string, bigint>();

  constructor(context: JobContext, partition: number) {
    this.#context = context;
    this.#partition = partition;
  }

  /** Puts back an open stream. In order of their last records. */
  restore(stream: string, progress: StreamProgress, touched: bigint): void {
    this.#open.set(stream, this.#begin(progress, touched));
  }

  /** Puts back the memory of an end. In order of the ends. */
  restoreEnd(stream: string, offset: bigint): void {
    this.#ended.set(stream, offset);
  }

  /** Takes a segment in. */
  segment(placed: PlacedRecord): Promise<Conclusion> {
    const { offset, record, sha256 } = placed;
    const { stream, sequence } = record;
    if (this.#ended.has(stream)) return Promise.resolve(this.#refused(placed, 'FW_SEGMENT_AFTER_END', `segment ${sequence} came after the end of the stream`));
    const { open, outputs: before } = this.#touch(stream, offset);
    const warning = placementWarning(sequence, open.sequence.next);
    const step = placeSegment(open.sequence, { sequence, sha256 });
    open.sequence = step.state;
    switch (step.outcome.kind) {
      case 'repeat':
        return this.#follow(stream, open, offset, before, (progress) => ({
          progress: { ...progress, tally: tallyOther(progress.tally, 'repeated') },
          outputs: [{ kind: 'event', event: { kind: 'repeated', partition: this.#partition, stream, sequence } }],
        }));
      case 'conflict':
        return this.#refuse(placed, open, before, 'FW_SEGMENT_REPEATED', `segment ${sequence} came before, with other bytes or so long ago that they cannot be compared`);
      case 'late':
        if (this.#context.settings.streams.lateSegments === 'dead-letter') {
          return this.#refuse(placed, open, before, 'FW_SEGMENT_LATE', `segment ${sequence} came after segment ${open.sequence.next - 1}`);
        }
        return this.#judge(placed, open, before, 0, warning);
      case 'next':
        return this.#judge(placed, open, before, step.outcome.missing, warning);
    }
  }

  /** Takes the end of a stream in. */
  end(offset: bigint, { stream, sequence }: EndRecord): Promise<Conclusion> {
    // Said twice, it is as true as said once.
    if (this.#ended.has(stream)) return Promise.resolve({ outputs: [] });
    const { open, outputs: before } = this.#touch(stream, offset);
    const lost = sequence === null ? 0 : Math.max(0, sequence - open.sequence.next);
    return this.#close(stream, open, offset, 'end-of-stream', lost).then(async (outputs) => ({ outputs: [...(await Promise.all(before)).flat(), ...outputs] }));
  }

  #begin(progress: StreamProgress, touched: bigint): OpenStream {
    return { sequence: progress.sequence, lane: openLane(this.#context.stages, { state: progress.media, head: progress.head }), progress: Promise.resolve(progress), touched };
  }

  /** The open stream, begun if need be; that may close the one that was touched longest ago. */
  #touch(stream: string, offset: bigint): { readonly open: OpenStream; readonly outputs: readonly Promise<readonly StepOutput[]>[] } {
    const known = this.#open.get(stream);
    const outputs: Promise<readonly StepOutput[]>[] = [];
    if (known === undefined && this.#open.size >= this.#context.settings.streams.maxOpen) {
      const [oldest] = this.#open;
      if (oldest !== undefined) outputs.push(this.#close(oldest[0], oldest[1], offset, 'too-many-open', 0));
    }
    const fresh: StreamProgress = { sequence: INITIAL_SEQUENCE, media: this.#context.stages.initial, head: null, tally: EMPTY_TALLY, alerts: this.#context.alerts.initial };
    const open = known ?? this.#begin(fresh, offset);
    open.touched = offset;
    this.#open.delete(stream);
    this.#open.set(stream, open);
    return { open, outputs };
  }

  /** The next step of a stream's progress, when those before it are done. */
  async #follow(
    stream: string,
    open: OpenStream,
    offset: bigint,
    before: readonly Promise<readonly StepOutput[]>[],
    step: (progress: StreamProgress) => Promise<{ progress: StreamProgress; outputs: readonly StepOutput[] }> | { progress: StreamProgress; outputs: readonly StepOutput[] },
  ): Promise<Conclusion> {
    const { sequence } = open;
    const stepped = open.progress.then(step).then(({ progress, outputs }) => ({ progress: { ...progress, sequence }, outputs }));
    open.progress = stepped.then(({ progress }) => progress);
    open.progress.catch(heard);
    const [earlier, { progress, outputs }] = await Promise.all([Promise.all(before), stepped]);
    return { outputs: [...earlier.flat(), ...outputs, { kind: 'progress', stream, progress, touched: offset }] };
  }

  #judge(placed: PlacedRecord, open: OpenStream, before: readonly Promise<readonly StepOutput[]>[], missing: number, warning: SegmentWarning | undefined): Promise<Conclusion> {
    const { offset, record, watch } = placed;
    const { stream } = record;
    const late = warning?.code === 'FW_SEGMENT_LATE';
    const { analysis, release } = this.#context.analyse(this.#partition, placed, warning === undefined ? [] : [warning]);
    const judged = open.lane.judge(analysis, late, () => {
      watch.enter('judge');
    });
    void judged.then(() => {
      watch.enter('commit');
    }, heard);
    void judged.then(release, release);
    return this.#follow(stream, open, offset, before, async (progress) => {
      const { verdict, state } = await judged;
      // What was said of the segments before stays said: a late one raises no alert.
      const step = late ? { state: progress.alerts, alerts: [] } : this.#context.alerts.advance(progress.alerts, verdict);
      const outputs: StepOutput[] = [{ kind: 'verdict', verdict, late, missing }, ...step.alerts.map((alert): StepOutput => ({ kind: 'alert', alert }))];
      const failure = verdict.finding.video === null ? verdict.finding.warnings.at(-1) : undefined;
      if (failure !== undefined) outputs.push({ kind: 'dead-letter', offset, stream, stage: failure.code.includes('_CLAIM_') ? 'claim' : 'decode', error: { code: failure.code as ErrorCode, message: failure.message } });
      return { progress: { ...progress, media: state, head: verdict.hash, tally: tallyVerdict(progress.tally, { verdict, missing, late, alerts: step.alerts }), alerts: step.state }, outputs };
    });
  }

  #refuse(placed: PlacedRecord, open: OpenStream, before: readonly Promise<readonly StepOutput[]>[], code: ErrorCode, message: string): Promise<Conclusion> {
    return this.#follow(placed.record.stream, open, placed.offset, before, (progress) => ({
      progress: { ...progress, tally: tallyOther(progress.tally, 'refused') },
      outputs: this.#refused(placed, code, message).outputs,
    }));
  }

  #refused({ offset, record: { stream } }: PlacedRecord, code: ErrorCode, message: string): Conclusion {
    return { outputs: [{ kind: 'dead-letter', offset, stream, stage: 'sequence', error: new FramewitnessError(code, message) }] };
  }

  async #close(stream: string, open: OpenStream, offset: bigint, reason: StreamEnd, lost: number): Promise<readonly StepOutput[]> {
    this.#open.delete(stream);
    this.#ended.set(stream, offset);
    const forgotten: string[] = [];
    while (this.#ended.size > this.#context.settings.streams.rememberedEnds) {
      const [oldest] = this.#ended.keys();
      if (oldest === undefined) break;
      this.#ended.delete(oldest);
      forgotten.push(oldest);
    }
    const progress = await open.progress;
    const tally = { ...progress.tally, segments: { ...progress.tally.segments, missing: progress.tally.segments.missing + lost } };
    return [
      ...this.#context.alerts.end(progress.alerts).map((alert): StepOutput => ({ kind: 'alert', alert })),
      { kind: 'ended', stream, offset, reason, progress: { ...progress, tally } },
      ...forgotten.map((other): StepOutput => ({ kind: 'forgotten', stream: other })),
    ];
  }
}
