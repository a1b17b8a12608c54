/**
 * Which frames must not be judged because their pixels, or pixels that they refer to, are not what was encoded.
 *
 * Decoders conceal: they fill lost blocks from neighbours, and a concealed face looks like a forged one. So one damaged
 * frame spoils everything up to the next keyframe in decode order, and after that keyframe the frames presented before it
 * (leading pictures), which may still refer to what came earlier.
 */
import type { PlannedFrame } from './frame-plan.js';

/** Why a wanted frame is undecodable. */
export type LossCause =
  /** Bits were lost or changed. */
  | 'damage'
  /** A leading picture of an open GOP whose references lie in the segment before. */
  | 'open-gop'
  /** The segment does not start at a keyframe, and none came yet. */
  | 'no-keyframe';

/** Tracks spoilt frames of one segment, by decode order. */
export class DamageMap {
  readonly #plan: readonly PlannedFrame[];
  readonly #causes: (LossCause | undefined)[];

  /**
   * @param startsAtKeyframe - whether the first packet is a keyframe, be it one that is shown or not
   * @param leadingAreLost - true for codecs whose leading pictures after the first keyframe can never be decoded here
   */
  constructor(plan: readonly PlannedFrame[], startsAtKeyframe: boolean, leadingAreLost: boolean) {
    this.#plan = plan;
    this.#causes = new Array<LossCause | undefined>(plan.length);
    if (!startsAtKeyframe && plan[0]?.keyframe === false) this.#spoil(0, 'no-keyframe');
    else if (leadingAreLost && plan[0]?.keyframe === true) this.#spoilLeading(0, 'open-gop');
  }

  /**
   * Marks frame `index` as damaged, and all that may refer to it; and the frame decoded before it, because lost bytes seldom
   * begin at a frame's first, and a decoder that runs into zeros often notices only at the next header.
   */
  damagedAt(index: number): void {
    if (this.#plan.length === 0) return;
    const place = Math.min(Math.max(index, 0), this.#plan.length - 1);
    const keyframe = this.#keyframeBefore(place);
    // What follows a keyframe in both orders does not refer to its leading pictures.
    if (keyframe !== undefined && this.#isLeading(place, keyframe)) this.#spoilLeading(keyframe, 'damage', place);
    else {
      if (place > 0) this.#causes[place - 1] ??= 'damage';
      this.#spoil(place, 'damage');
    }
  }

  /** Why frame `index` is spoilt; undefined for a sound one. */
  causeAt(index: number): LossCause | undefined {
    return this.#causes[index];
  }

  /** Whether frame `index` is a leading picture of the keyframe that starts the segment. */
  isFirstLeading(index: number): boolean {
    return this.#keyframeBefore(index) === 0 && this.#isLeading(index, 0);
  }

  #keyframeBefore(index: number): number | undefined {
    for (let at = index; at >= 0; at -= 1) if (this.#plan[at]?.keyframe === true) return at;
    return undefined;
  }

  #isLeading(index: number, keyframe: number): boolean {
    return (this.#plan[index]?.rank ?? 0) < (this.#plan[keyframe]?.rank ?? 0);
  }

  #spoil(start: number, cause: LossCause): void {
    let index = start;
    do {
      this.#causes[index] ??= cause;
      index += 1;
    } while (index < this.#plan.length && this.#plan[index]?.keyframe !== true);
    if (index < this.#plan.length) this.#spoilLeading(index, cause);
  }

  #spoilLeading(keyframe: number, cause: LossCause, from = keyframe + 1): void {
    for (let index = from; index < this.#plan.length && this.#plan[index]?.keyframe !== true; index += 1) {
      if (this.#isLeading(index, keyframe)) this.#causes[index] ??= cause;
    }
  }
}
