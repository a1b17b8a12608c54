/** What storing and sending does to faces: drawn once for a group of pictures, the same for both halves of a pair. */
import type { Random } from '../random.js';
import { throughVideo, type VideoCodec } from './codec.js';
import { recompressed } from './detail.js';
import type { Picture } from './pixels/picture.js';
import { warped } from './pixels/warp.js';

/** Shares of what happens to a group of stills; rest: nothing. */
export interface CompressionShares {
  readonly video: number;
  readonly jpeg: number;
  readonly none: number;
}

/** A codec and how strong it is. */
export function drawCodec(random: Random): VideoCodec {
  if (!random.chance(0.85)) return { codec: 'mpeg4', quantiser: 2 + random.below(7) };
  const preset = random.pick(['ultrafast', 'veryfast', 'veryfast', 'fast'] as const);
  return { codec: 'libx264', preset, crf: Math.round(Math.min(38, Math.max(14, random.normal(24, 5)))), bFrames: random.below(3) };
}

/** The real and the forged picture of one draw. */
export type PicturePair = readonly [real: Picture, forged: Picture];

/** Each picture is shown for two frames, slightly moved in the first, so that the second was predicted as most frames of a video are. */
function filmed(pictures: readonly Picture[], codec: VideoCodec): readonly Picture[] {
  const shown = pictures.flatMap((picture) => [warped(picture, [1, 0, 1, 0, 1, 0.5], picture.width, picture.height), picture]);
  return throughVideo(shown, codec).filter((_, i) => i % 2 === 1);
}

/**
 * Pairs of unrelated pictures of one size. Both halves of a pair get the same: JPEG of one quality, or the same codec, in two videos,
 * one of all real and one of all forged pictures: in one video, the second of a pair would be predicted from the first.
 */
export async function compressedStills(pairs: readonly PicturePair[], shares: CompressionShares, random: Random): Promise<readonly PicturePair[]> {
  const way = random.weighted({ ...shares });
  if (way === 'none') return pairs;
  if (way === 'jpeg') {
    return Promise.all(
      pairs.map(async ([real, forged]): Promise<PicturePair> => {
        const quality = 30 + random.below(66);
        return [await recompressed(real, quality), await recompressed(forged, quality)];
      }),
    );
  }
  const codec = drawCodec(random);
  const [reals, forgeds] = [filmed(pairs.map(([real]) => real), codec), filmed(pairs.map(([, forged]) => forged), codec)];
  return pairs.map(([real, forged], i): PicturePair => [reals[i] ?? real, forgeds[i] ?? forged]);
}

/** The frames of one clip through its codec. */
export function compressedClip(frames: readonly Picture[], codec: VideoCodec | undefined): readonly Picture[] {
  return codec === undefined ? frames : throughVideo(frames, codec);
}
