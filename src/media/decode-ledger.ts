/** Keeps account of one segment's frames while they are decoded. */
import { FramewitnessError } from '../domain/errors.js';
import type { DecodeAccounting } from '../domain/media.js';
import { DamageMap, type LossCause } from './damage.js';
import type { PlannedFrame } from './frame-plan.js';

/**
 * Codecs whose leading pictures after a segment's first keyframe are lost by definition. H.264 has no mark for those that
 * would be decodable and libav outputs them with invented references; HEVC and MPEG decoders drop the lost ones themselves.
 */
const LEADING_LOST_CODECS: ReadonlySet<string> = new Set(['h264']);

/** What a warning of a decoder looks like. */
export interface DecodeWarning {
  readonly code: 'FW_SEGMENT_DAMAGED' | 'FW_SEGMENT_UNDECODABLE' | 'FW_SEGMENT_OPEN_GOP';
  readonly message: string;
}

/** `present = wanted + notWanted + undecodable`, kept true by counting each planned frame once. */
export class DecodeLedger {
  readonly #plan: readonly PlannedFrame[];
  readonly #damage: DamageMap;
  #containerBroken: boolean;
  readonly #delivered = new Set<number>();
  #highestRank = -1;
  #settled = 0;
  #finished = false;

  /** @param startsAtKeyframe - whether the first packet is a keyframe, be it one that is shown or not */
  constructor(plan: readonly PlannedFrame[], codecName: string, readError: number | undefined, startsAtKeyframe = plan[0]?.keyframe === true) {
    this.#plan = plan;
    this.#damage = new DamageMap(plan, startsAtKeyframe, LEADING_LOST_CODECS.has(codecName));
    this.#containerBroken = readError !== undefined;
  }

  /** The decoder found damage while it worked on frame `index`. */
  damagedAt(index: number): void {
    this.#damage.damagedAt(index);
  }

  /** The container broke off before its end. */
  containerBroke(): void {
    this.#containerBroken = true;
  }

  /** The decoder put out frame `index`. Decoders put frames out in the order of presentation. */
  presented(index: number): void {
    this.#highestRank = Math.max(this.#highestRank, this.#plan[index]?.rank ?? -1);
  }

  /**
   * Whether all that was decoded up to the frame after `index` is known to be sound or spoilt: it came out, or will not any
   * more. The frame after it counts, because its damage may have begun in this one.
   */
  isSettledBefore(index: number): boolean {
    const end = Math.min(index + 2, this.#plan.length);
    while (this.#settled < end && this.#isSettled(this.#settled)) this.#settled += 1;
    return this.#settled >= end;
  }

  /** Counts frame `index` as delivered, unless it is spoilt. */
  deliver(index: number): boolean {
    if (this.#damage.causeAt(index) !== undefined) return false;
    this.#delivered.add(index);
    return true;
  }

  /** Everything was decoded. */
  finish(): void {
    this.#finished = true;
  }

  /** @throws FramewitnessError FW_INTERNAL before the end of decoding */
  accounting(): DecodeAccounting {
    if (!this.#finished) throw new FramewitnessError('FW_INTERNAL', 'accounting was asked for before the last frame was taken');
    const onGrid = this.#plan.filter((frame) => frame.wanted).length;
    const first = this.#plan.find((frame) => frame.rank === 0);
    const last = this.#plan.find((frame) => frame.rank === this.#plan.length - 1);
    return {
      present: this.#plan.length,
      wanted: this.#delivered.size,
      notWanted: this.#plan.length - onGrid,
      undecodable: onGrid - this.#delivered.size,
      ...(first === undefined || last === undefined ? {} : { firstPtsMicros: first.ptsMicros, lastPtsMicros: last.ptsMicros }),
    };
  }

  /** What was lost, by cause; empty for a sound segment. */
  warnings(): readonly DecodeWarning[] {
    const lost: Record<LossCause, number> = { damage: 0, 'open-gop': 0, 'no-keyframe': 0 };
    this.#plan.forEach((frame, index) => {
      if (frame.wanted && !this.#delivered.has(index)) lost[this.#lossCause(index)] += 1;
    });
    const warnings: DecodeWarning[] = [];
    if (this.#plan.length === 0) {
      warnings.push({ code: 'FW_SEGMENT_UNDECODABLE', message: 'the segment carries no video frame' });
    }
    if (lost.damage > 0) {
      warnings.push({ code: 'FW_SEGMENT_DAMAGED', message: `${lost.damage} frames on the grid are damaged or refer to damaged frames` });
    } else if (this.#containerBroken) {
      warnings.push({ code: 'FW_SEGMENT_DAMAGED', message: 'the container breaks off before its end' });
    }
    if (lost['no-keyframe'] > 0) {
      warnings.push({ code: 'FW_SEGMENT_DAMAGED', message: `${lost['no-keyframe']} frames on the grid come before the first keyframe` });
    }
    if (lost['open-gop'] > 0) {
      warnings.push({
        code: 'FW_SEGMENT_OPEN_GOP',
        message: `${lost['open-gop']} frames on the grid refer to the segment before (leading pictures of an open GOP)`,
      });
    }
    return warnings;
  }

  #lossCause(index: number): LossCause {
    return this.#damage.causeAt(index) ?? (this.#damage.isFirstLeading(index) ? 'open-gop' : 'damage');
  }

  #isSettled(index: number): boolean {
    return (this.#plan[index]?.rank ?? 0) <= this.#highestRank || this.#damage.causeAt(index) !== undefined;
  }
}
