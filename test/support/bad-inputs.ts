/** Files that are wrong in one known way each, made from the sample: the same bytes on every run. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/domain/errors.js';
import { claimFrameSize, claimPictureSize, flipBitsInMediaData, keepShare } from './damage.js';
import { derivedClip, SAMPLE_PATH, shortClip } from './sample.js';

/** A bad file and what has to be said of it. */
export interface BadInput {
  readonly path: string;
  /** What is wrong, in words. */
  readonly fault: string;
  /** The codes that its error line may have. */
  readonly codes: readonly ErrorCode[];
  /** How much of it can be judged. Of `partly`, see {@link DAMAGED_CLIP_FRAMES}. */
  readonly judged: 'nothing' | 'partly';
  /** True where the damage shows only in frames: they are counted as undecodable, and an error line is welcome but not due. */
  readonly silent?: true;
}

/** Frames in the clips that the damaged files are made from: four seconds at 25 frames a second. */
export const DAMAGED_CLIP_FRAMES = 100;

/** Makes every bad file in `folder`. */
export async function makeBadInputs(folder: string): Promise<readonly BadInput[]> {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const clip = readFileSync(await shortClip(DAMAGED_CLIP_FRAMES / 25));
  const indexLast = readFileSync(await derivedClip('index-last.mp4', ['-i', SAMPLE_PATH, '-frames:v', `${DAMAGED_CLIP_FRAMES}`, '-c', 'copy']));
  const matroska = readFileSync(await shortClip(DAMAGED_CLIP_FRAMES / 25, 'mkv'));
  const transport = readFileSync(await shortClip(DAMAGED_CLIP_FRAMES / 25, 'ts'));
  const tone = readFileSync(await derivedClip('tone.m4a', ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=2', '-c:a', 'aac', '-threads', '1']));
  const motionJpeg = readFileSync(await derivedClip('motion-jpeg.avi', ['-i', SAMPLE_PATH, '-t', '1', '-c:v', 'mjpeg', '-q:v', '8', '-s', '320x180', '-threads', '1']));
  return [
    { path: put('empty.mp4', ''), fault: 'no bytes', codes: ['FW_INPUT_EMPTY'], judged: 'nothing' },
    { path: put('text.mp4', 'Dear viewer, this is a letter and no film.\n'.repeat(200)), fault: 'text', codes: ['FW_INPUT_NOT_MEDIA'], judged: 'nothing' },
    { path: put('audio-only.mp4', tone), fault: 'a sound track and no picture', codes: ['FW_INPUT_NO_VIDEO'], judged: 'nothing' },
    { path: put('no-moov.mp4', keepShare(indexLast, 0.6)), fault: 'an MP4 that ends before its index', codes: ['FW_INPUT_TRUNCATED'], judged: 'nothing' },
    { path: put('truncated.mp4', keepShare(clip, 0.6)), fault: 'an MP4 that ends early, index first', codes: ['FW_INPUT_TRUNCATED'], judged: 'partly' },
    { path: put('truncated.mkv', keepShare(matroska, 0.6)), fault: 'a Matroska file that ends early', codes: ['FW_INPUT_TRUNCATED'], judged: 'partly' },
    // A transport stream does not say how long it is: the cut shows in the picture that it goes through, if anywhere.
    { path: put('truncated.ts', keepShare(transport, 0.6)), fault: 'a transport stream that ends within a packet', codes: ['FW_INPUT_TRUNCATED', 'FW_SEGMENT_DAMAGED'], judged: 'partly', silent: true },
    { path: put('flipped-bits.mp4', flipBitsInMediaData(clip, { seed: 7, from: 0.35, to: 0.75, flips: 40 })), fault: 'bits flipped in the pictures', codes: ['FW_SEGMENT_DAMAGED'], judged: 'partly', silent: true },
    { path: put('huge.avi', claimFrameSize(motionJpeg, 30_000)), fault: 'pictures of 30,000 × 30,000: more than libav takes', codes: ['FW_LIMIT_PIXELS'], judged: 'nothing' },
    { path: put('large.avi', claimFrameSize(motionJpeg, 16_000)), fault: 'pictures of 16,000 × 16,000: libav would take them', codes: ['FW_LIMIT_PIXELS'], judged: 'nothing' },
    { path: put('huge.mp4', claimFrameSize(clip, 30_000)), fault: 'an MP4 that claims 30,000 × 30,000', codes: ['FW_LIMIT_PIXELS'], judged: 'nothing' },
    { path: put('lying.avi', claimPictureSize(motionJpeg, 16_000)), fault: 'pictures of 16,000 × 16,000 in a container that says 320 × 180', codes: ['FW_LIMIT_PIXELS', 'FW_SEGMENT_UNDECODABLE', 'FW_SEGMENT_DAMAGED'], judged: 'nothing', silent: true },
    { path: join(folder, 'absent.mp4'), fault: 'no such file', codes: ['FW_INPUT_NOT_FOUND'], judged: 'nothing' },
  ];
}

/** File names that attack terminals, shells, option parsers and web pages. Each is a valid name on POSIX systems. */
export const HOSTILE_NAMES: readonly string[] = [
  '<script>alert(1)<\\script>.mp4',
  `"quotes' & ampersand.mp4`,
  'new\nline.mp4',
  'right-to-left \u202e4pm.mp4',
  'escape \u001b[31m red \u001b]0;title\u0007.mp4',
  '-rf --out.mp4',
  '100%s %d {{x}} $(id) `id`.mp4',
  '[brackets]*?.mp4',
  `${'long-'.repeat(39)}.mp4`,
];

/** Copies `clip` under every hostile name. @returns the paths, in the order of {@link HOSTILE_NAMES} */
export function makeHostileNames(folder: string, clip: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return HOSTILE_NAMES.map((name) => {
    const path = join(folder, name);
    copyFileSync(clip, path);
    return path;
  });
}

/**
 * A folder with one clip and links that never end: to the folder above, to itself, and between two names.
 * @returns the path of the clip
 */
export function makeLinkLoop(folder: string, clip: string): string {
  mkdirSync(join(folder, 'inner'), { recursive: true });
  const path = join(folder, 'inner', 'clip.mp4');
  copyFileSync(clip, path);
  symlinkSync('..', join(folder, 'inner', 'up'));
  symlinkSync('.', join(folder, 'inner', 'here'));
  symlinkSync('ring-b.mp4', join(folder, 'ring-a.mp4'));
  symlinkSync('ring-a.mp4', join(folder, 'ring-b.mp4'));
  return path;
}
