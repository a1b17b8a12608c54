/**
 * Makes the sample clip: `npx tsx examples/sample/make-sample.ts PORTRAIT.png [FOLDER]`.
 * Writes `sample.mp4` and `ground-truth.json` into FOLDER (the folder of this script). See README.md beside it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { exposeSensor, exposureGain, filmScene, FRAME_HEIGHT, FRAME_WIDTH, poseInPortrait, type CameraPose, type Shot } from './camera.js';
import { createForger } from './forge.js';
import { blurPicture, type Picture } from './image.js';
import { normalNumbers } from './random.js';

const FRAMES_PER_SECOND = 25;
const KEYFRAME_SECONDS = 2;
const SEED = 20240503;
const TITLE = 'framewitness demonstration: pristine then forged';
const PORTRAIT_SHA256 = '88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5';
const MOST_BYTES = 1_500_000;

// The first shot ends as wide as it goes and the second begins as close: the cut between them is hard in its pixels too.
const WIDE_CLOSE_WIDE: Shot = { zoom: (t) => 1.15 - 0.14 * Math.cos((2 * Math.PI * t) / 10), pan: (t) => -0.6 * Math.sin((2 * Math.PI * t) / 8.6) };
const CLOSE_WIDE_CLOSE: Shot = { zoom: (t) => 1.15 + 0.145 * Math.cos((2 * Math.PI * t) / 9), pan: (t) => 0.6 * Math.sin((2 * Math.PI * t) / 8.6) };

/** One part of the clip. Times in seconds, end exclusive. */
interface Part {
  readonly label: 'authentic' | 'forged' | 'no-face';
  readonly seconds: number;
  readonly note: string;
  /** The scene and the pose for the next frame. */
  readonly film: (shotTime: number, mediaTime: number) => { readonly scene: Picture; readonly pose: CameraPose };
}

/** The portrait as a picture; refuses any other file, because the places of the features are written in forge.ts. */
async function readPortrait(path: string): Promise<Picture> {
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (digest !== PORTRAIT_SHA256) throw new Error(`${path} is not the portrait: its SHA-256 is ${digest}, expected ${PORTRAIT_SHA256}`);
  const { data, info } = await sharp(path).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: Float32Array.from(data) };
}

/** The story: the portrait as it is, the portrait forged, and a corner of its background out of focus. */
function tellStory(portrait: Picture): readonly Part[] {
  const forge = createForger(portrait, SEED);
  const unfocused = blurPicture(portrait, 1.6);
  return [
    {
      label: 'authentic', seconds: 10, note: 'the portrait, filmed by a simulated camera',
      film: (shotTime, mediaTime) => ({ scene: portrait, pose: poseInPortrait(WIDE_CLOSE_WIDE, shotTime, mediaTime, portrait.width) }),
    },
    {
      label: 'forged', seconds: 10, note: 'the same, with the inner face replaced by a generated one',
      film: (shotTime, mediaTime) => ({ scene: forge(), pose: poseInPortrait(CLOSE_WIDE_CLOSE, shotTime, mediaTime, portrait.width) }),
    },
    {
      label: 'no-face', seconds: 4, note: 'a corner of the background of the portrait, out of focus: no face',
      film: (shotTime, mediaTime) => ({
        scene: unfocused,
        pose: { x: 409 + shotTime, y: 192 + 5 * shotTime, scale: 3.3, roll: 0.012 * Math.sin(shotTime), gain: exposureGain(mediaTime) },
      }),
    },
  ];
}

/** Arguments for ffmpeg: raw RGB on standard input to H.264, the same bytes on every run of the same build. */
function encoderArguments(output: string): string[] {
  const tags = 'setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709';
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'],
    ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', `${FRAME_WIDTH}x${FRAME_HEIGHT}`, '-framerate', `${FRAMES_PER_SECOND}`, '-i', 'pipe:0'],
    ...['-vf', `scale=out_color_matrix=bt709:out_range=limited:flags=accurate_rnd+full_chroma_int+bicubic,format=yuv420p,${tags}`],
    ...['-c:v', 'libx264', '-preset', 'slow', '-crf', '21', '-profile:v', 'high', '-threads', '1', '-flags', '+cgop+bitexact', '-fflags', '+bitexact'],
    ...['-x264-params', `keyint=${FRAMES_PER_SECOND * KEYFRAME_SECONDS}:min-keyint=${FRAMES_PER_SECOND * KEYFRAME_SECONDS}:scenecut=0`],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ...['-metadata', `title=${TITLE}`, '-movflags', '+faststart', output],
  ];
}

/** Films every part and encodes it. */
async function encode(parts: readonly Part[], output: string): Promise<number> {
  const encoder = spawn('ffmpeg', encoderArguments(output), { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(encoder, 'exit');
  const noise = normalNumbers(SEED + 100);
  let frame = 0;
  for (const part of parts) {
    for (let i = 0; i < part.seconds * FRAMES_PER_SECOND; i += 1) {
      const { scene, pose } = part.film(i / FRAMES_PER_SECOND, frame / FRAMES_PER_SECOND);
      const bytes = exposeSensor(filmScene(scene, pose), noise);
      if (!encoder.stdin.write(bytes)) await once(encoder.stdin, 'drain');
      frame += 1;
    }
  }
  encoder.stdin.end();
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`ffmpeg ended with ${String(code)}`);
  return frame;
}

/** Ground truth as plain data: ranges in microseconds, end exclusive. */
function groundTruth(parts: readonly Part[], frames: number, clip: Buffer): unknown {
  let start = 0;
  const ranges = parts.map((part) => {
    const startMicros = start;
    start += part.seconds * 1_000_000;
    return { startMicros, endMicros: start, label: part.label, note: part.note };
  });
  return {
    schema: 'framewitness.sample-ground-truth/1',
    title: TITLE,
    clip: { file: 'sample.mp4', sha256: createHash('sha256').update(clip).digest('hex'), bytes: clip.length, width: FRAME_WIDTH, height: FRAME_HEIGHT, frames, framesPerSecond: FRAMES_PER_SECOND, keyframeIntervalMicros: KEYFRAME_SECONDS * 1_000_000 },
    ranges,
    licence: {
      clip: 'CC0-1.0',
      portrait: 'Public domain: portrait of astronaut Eileen Collins, taken by NASA; as carried by scikit-image (skimage/data/astronaut.png).',
      portraitSha256: PORTRAIT_SHA256,
      statement: 'A demonstration: the forged part was made by this project from the portrait alone, shows no event that took place, and says nothing about the person. NASA does not endorse it.',
    },
  };
}

async function main(): Promise<void> {
  const [portraitPath, folder = dirname(fileURLToPath(import.meta.url))] = process.argv.slice(2);
  if (portraitPath === undefined) throw new Error('usage: npx tsx examples/sample/make-sample.ts PORTRAIT.png [FOLDER]');
  const parts = tellStory(await readPortrait(portraitPath));
  const output = join(folder, 'sample.mp4');
  const frames = await encode(parts, output);
  const clip = readFileSync(output);
  if (clip.length > MOST_BYTES) throw new Error(`the clip has ${clip.length} bytes, more than ${MOST_BYTES}`);
  writeFileSync(join(folder, 'ground-truth.json'), `${JSON.stringify(groundTruth(parts, frames, clip), null, 2)}\n`);
  console.log(`${output}: ${frames} frames, ${clip.length} bytes`);
}

await main();
