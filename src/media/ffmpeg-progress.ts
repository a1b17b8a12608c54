/** Which packet ffmpeg is at, and which packet a frame or an error belongs to. */
import type { DecodeLedger } from './decode-ledger.js';
import type { FfmpegEvent, FfmpegLog, ShownFrame } from './ffmpeg-log.js';
import type { ProbedSegment } from './ffmpeg-probe.js';
import type { PlannedFrame } from './frame-plan.js';

/** Follows one run of ffmpeg and writes into the ledger what its messages mean. */
export class DecodeProgress {
  readonly #probed: ProbedSegment;
  readonly #plan: readonly PlannedFrame[];
  readonly #ledger: DecodeLedger;
  readonly #log: Pick<FfmpegLog, 'readsAhead'>;
  readonly #byPts = new Map<string, number[]>();
  readonly #byPosition = new Map<string, number[]>();
  readonly #presented = new Set<number>();
  #packetsRead = 0;
  #decodedAny = false;
  /** Index of the frame whose packet was read last. */
  #reading = 0;
  #nextPacketIsCorrupt = false;
  #nextFrameIsCorrupt = false;

  constructor(probed: ProbedSegment, plan: readonly PlannedFrame[], ledger: DecodeLedger, log: Pick<FfmpegLog, 'readsAhead'>) {
    this.#probed = probed;
    this.#plan = plan;
    this.#ledger = ledger;
    this.#log = log;
    for (const { pts, position, frame } of probed.packets) {
      if (frame === undefined) continue;
      if (pts !== undefined) append(this.#byPts, pts, frame);
      if (position !== undefined) append(this.#byPosition, position, frame);
    }
  }

  /** True for a run that was offered every packet and made nothing of any. */
  get readAllAndDecodedNothing(): boolean {
    return this.#packetsRead >= this.#probed.packets.length && !this.#decodedAny;
  }

  /** Takes note of all but frames. */
  note(event: Exclude<FfmpegEvent, { kind: 'frame' }>): void {
    switch (event.kind) {
      case 'packet':
        this.#read();
        break;
      case 'decoded':
        this.#decodedAny = true;
        break;
      case 'corrupt-packet':
        this.#nextPacketIsCorrupt = true;
        break;
      case 'corrupt-frame':
        this.#nextFrameIsCorrupt = true;
        break;
      case 'damage':
        this.#damaged();
        break;
      case 'read-error':
        this.#ledger.containerBroke();
        break;
    }
  }

  /** @returns index of the frame in the plan; undefined for one that belongs to no packet */
  presented(shown: ShownFrame): number | undefined {
    const index = this.#find(shown);
    const corrupt = this.#nextFrameIsCorrupt;
    this.#nextFrameIsCorrupt = false;
    if (index === undefined) return undefined;
    this.#presented.add(index);
    if (corrupt) this.#ledger.damagedAt(Math.min(index, this.#reading));
    this.#ledger.presented(index);
    return index;
  }

  #read(): void {
    const packet = this.#probed.packets[this.#packetsRead];
    this.#packetsRead += 1;
    if (packet?.frame !== undefined) this.#reading = packet.frame;
    if (this.#nextPacketIsCorrupt || packet?.corrupt === true) this.#ledger.damagedAt(this.#reading);
    this.#nextPacketIsCorrupt = false;
  }

  #damaged(): void {
    const ahead = this.#log.readsAhead;
    // A version that reads ahead and does not name its packets may mean any.
    const last = ahead && this.#packetsRead === 0 ? this.#plan.length - 1 : this.#reading;
    this.#ledger.damagedAt(last);
    if (!ahead) return;
    let first = 0;
    while (first < last && this.#presented.has(first)) first += 1;
    this.#ledger.damagedAt(first);
    for (let index = first + 1; index < last; index += 1) if (this.#plan[index]?.keyframe === true) this.#ledger.damagedAt(index);
  }

  /**
   * By time and position, else by time, else by position. Frames of equal time come in decode order. Where neither helps (of
   * two frames in one AVI packet the second has the position of neither), it is the next in the order of presentation.
   */
  #find({ pts, position }: ShownFrame): number | undefined {
    const free = (indices: readonly number[] | undefined): readonly number[] => (indices ?? []).filter((index) => !this.#presented.has(index));
    const atTime = free(pts === undefined ? undefined : this.#byPts.get(pts));
    const atPosition = free(position === undefined ? undefined : this.#byPosition.get(position));
    return atTime.find((index) => atPosition.includes(index)) ?? atTime[0] ?? atPosition[0] ?? (this.#probed.decodeTimesOnly ? this.#nextInOrder() : undefined);
  }

  #nextInOrder(): number | undefined {
    let next: number | undefined;
    this.#plan.forEach(({ rank }, index) => {
      if (!this.#presented.has(index) && rank < (this.#plan[next ?? -1]?.rank ?? Infinity)) next = index;
    });
    return next;
  }
}

function append(map: Map<string, number[]>, key: string, value: number): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
