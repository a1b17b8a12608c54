/** Faces of one video or picture, found, tracked and cut as a scan does it, into files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { FramewitnessError } from '../../domain/errors.js';
import type { SegmentAnalysis, TrackedFace } from '../../domain/faces.js';
import type { DecodedFrame, RgbImage } from '../../domain/media.js';
import type { FaceDetector } from '../../domain/ports.js';
import { givenBoxDetector } from '../../faces/given-box-detector.js';
import { createTracker } from '../../faces/tracker.js';
import { segmentFile } from '../../media/file-segmenter.js';
import { cropFace } from '../../media/sampler.js';
import { analyseSegment } from '../../stages/analyse.js';
import { initialTracking, trackSegment } from '../../stages/track.js';
import type { FaceItem } from '../../training/manifest.js';
import { evenlySpaced, type CropJob, type CropPlan, type CroppedItem } from '../../training/prepare/crop-plan.js';
import type { Topology } from '../schema.js';
import type { Adapters } from './adapters.js';

/** Higher than any frame rate: every frame is on the grid. */
const EVERY_FRAME = { framesPerSecond: 240 };

/** Encodes a crop. The same pixels give the same bytes. */
export function encodeCrop({ size, data }: RgbImage, format: CropPlan['format']): Promise<Buffer> {
  const image = sharp(data, { raw: { width: size, height: size, channels: 3 } });
  return format === 'png' ? image.png({ compressionLevel: 6 }).toBuffer() : image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** What cutting goes by. */
export interface CropTools {
  readonly plan: CropPlan;
  readonly topology: Topology;
  readonly media: Adapters['media'];
  readonly detector: FaceDetector;
}

/** A detector that looks at chosen frames only; `numberOf` says which frame was at a time, counted over the whole item. */
function choosing(detector: FaceDetector, wanted: (frame: number) => boolean): { readonly detector: FaceDetector; readonly numberOf: ReadonlyMap<number, number>; readonly looked: () => number } {
  const numberOf = new Map<number, number>();
  let [next, looked] = [0, 0];
  return {
    numberOf,
    looked: () => looked,
    detector: {
      detect: async (frame, gridIndex) => {
        const number = next++;
        if (!wanted(number)) return [];
        looked++;
        numberOf.set(frame.ptsMicros, number);
        return detector.detect(frame, gridIndex);
      },
      close: () => Promise.resolve(),
    },
  };
}

/** Segments of a file, decoded and, with a detector, searched for faces. @param every - look at all frames, whatever the plan says */
async function* analyses(path: string, { plan, topology, media }: CropTools, detector: FaceDetector, every = false): AsyncGenerator<SegmentAnalysis, void, void> {
  const grid = !every && plan.frames.kind === 'tracks' ? { framesPerSecond: plan.frames.framesPerSecond } : EVERY_FRAME;
  const analyse = analyseSegment({
    ...media,
    detector,
    request: { grid, limits: topology.limits, selective: topology.stages.decode.selective && grid !== EVERY_FRAME },
    crop: { size: plan.size, scale: plan.scale, minFaceSize: topology.stages.detect.minFaceSize, maxFaces: topology.stages.detect.maxFaces },
  });
  const cut = { targetMicros: Math.round(topology.segments.targetSeconds * 1e6), limits: topology.limits };
  for await (const segment of segmentFile({ path, stream: path }, cut)) yield await analyse(segment);
}

/** Goes through all frames of a file. @param see - called with each, and its number */
async function eachFrame(path: string, tools: CropTools, see: (frame: DecodedFrame, number: number) => Promise<void> | void): Promise<number> {
  let frames = 0;
  const viewer: FaceDetector = {
    detect: async (frame) => {
      await see(frame, frames++);
      return [];
    },
    close: () => Promise.resolve(),
  };
  const analysed = analyses(path, tools, viewer, true);
  while ((await analysed.next()).done !== true);
  return frames;
}

function largestOf(faces: readonly TrackedFace[]): readonly TrackedFace[] {
  const largest = new Map<number, TrackedFace>();
  const area = ({ box }: TrackedFace): number => box.width * box.height;
  for (const face of faces) {
    const before = largest.get(face.ptsMicros);
    if (before === undefined || area(face) > area(before)) largest.set(face.ptsMicros, face);
  }
  return faces.filter((face) => largest.get(face.ptsMicros) === face);
}

/**
 * Cuts the faces of an item. What cannot be read is counted in the answer, by error code; so are frames without a face and
 * faces that were left out, by reason.
 *
 * @throws FramewitnessError FW_OUTPUT_UNWRITABLE
 */
export async function cropItem({ item, file, mask, folder, prefix }: CropJob, tools: CropTools): Promise<CroppedItem> {
  const { plan, topology } = tools;
  const skipped: Record<string, number> = {};
  const count = (reason: string, by = 1): void => void (skipped[reason] = (skipped[reason] ?? 0) + by);
  const countWarnings = (warnings: SegmentAnalysis['warnings']): void => {
    for (const { code } of warnings) count(code);
  };
  const faces: FaceItem[] = [];
  const known = item.box === undefined ? tools.detector : givenBoxDetector({ x: item.box[0], y: item.box[1], width: item.box[2], height: item.box[3] });
  let looked = (): number => 0;
  let error: CroppedItem['error'];
  const write = async (name: string, crop: RgbImage): Promise<string> => {
    const bytes = await encodeCrop(crop, plan.format);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), bytes);
    } catch (cause) {
      throw FramewitnessError.from(cause, 'FW_OUTPUT_UNWRITABLE', { input: join(folder, name) });
    }
    return `${prefix}/${name}`;
  };
  try {
    const { frames } = plan;
    const wanted = frames.kind === 'count' ? evenlySpaced(frames.frames, await eachFrame(file, tools, () => undefined)) : undefined;
    const chosen = choosing(known, (number) => (wanted !== undefined ? wanted.has(number) : frames.kind !== 'every' || number % frames.step === 0));
    looked = chosen.looked;
    const { maxGapSeconds, ...rest } = topology.stages.track;
    const grid = frames.kind === 'tracks' ? { framesPerSecond: frames.framesPerSecond } : EVERY_FRAME;
    const tracker = createTracker({ ...rest, maxGapMicros: Math.round(maxGapSeconds * 1e6) });
    const advance = trackSegment(tracker, grid);
    const lengths = new Map<number, number>();
    let state = initialTracking(tracker);
    for await (const analysis of analyses(file, tools, chosen.detector)) {
      countWarnings(analysis.warnings);
      // A picture has no next frame that could confirm a doubtful face: every face that is found counts.
      const frames = item.kind === 'image' ? analysis.frames.map((frame) => ({ ...frame, faces: frame.faces.map((face) => ({ ...face, confidence: Math.max(face.confidence, rest.highScore) })) })) : analysis.frames;
      const step = advance(state, { ...analysis, frames });
      state = step.state;
      const { faceAccounts, accounting } = { faceAccounts: step.tracked.faceAccounts, accounting: analysis.accounting };
      for (const [reason, n] of Object.entries(faceAccounts.skipped)) count(reason, n);
      if (accounting.undecodable > 0) count('undecodable-frame', accounting.undecodable);
      const withFace = new Set(frames.filter((frame) => frame.faces.length > 0).map(({ ptsMicros }) => ptsMicros));
      for (const frame of frames) {
        if (!chosen.numberOf.has(frame.ptsMicros) || withFace.has(frame.ptsMicros)) continue;
        count(frame.skipped === 'detector-failed' ? 'detector-failed' : 'frame-without-face');
      }
      const kept = plan.largest ? largestOf(step.tracked.faces) : step.tracked.faces;
      if (kept.length < step.tracked.faces.length) count('not-the-largest', step.tracked.faces.length - kept.length);
      for (const { track, ptsMicros, box, crop } of kept) {
        const index = lengths.get(track) ?? 0;
        lengths.set(track, index + 1);
        const name = `t${String(track).padStart(3, '0')}-${String(ptsMicros).padStart(10, '0')}.${plan.format === 'png' ? 'png' : 'jpg'}`;
        faces.push({ item, track, ptsMicros, index, path: await write(name, crop), size: plan.size, scale: plan.scale, box: [box.x, box.y, box.width, box.height] });
      }
    }
  } catch (thrown) {
    const known = FramewitnessError.from(thrown, 'FW_INPUT_UNREADABLE', { input: file });
    if (known.scope === 'run') throw known;
    error = { code: known.code, message: known.message };
  }
  const maskName = (path: string): string => path.replace(/^.*\//, '').replace(/\.\w+$/, `-mask.${plan.format === 'png' ? 'png' : 'jpg'}`);
  const masks = mask === undefined || faces.length === 0 ? new Map<number, string>() : await cropMasks({ file, mask, faces, tools, write: (face, crop) => write(maskName(face.path), crop) });
  if (mask !== undefined && masks.size < faces.length) count('mask-missing', faces.length - masks.size);
  return { faces: faces.map((face, i) => ({ ...face, ...(masks.has(i) ? { mask: masks.get(i) ?? '' } : {}) })), frames: looked(), skipped, ...(error === undefined ? {} : { error }) };
}

/** Cuts the masks of faces out of the frame of the same number: masks may be filmed at another rate. What cannot be read has no mask. */
async function cropMasks({ file, mask, faces, tools, write }: { readonly file: string; readonly mask: string; readonly faces: readonly FaceItem[]; readonly tools: CropTools; readonly write: (face: FaceItem, crop: RgbImage) => Promise<string> }): Promise<ReadonlyMap<number, string>> {
  const masks = new Map<number, string>();
  const numberOf = new Map<number, number>();
  try {
    await eachFrame(file, tools, ({ ptsMicros }, number) => void numberOf.set(ptsMicros, number));
    const places = new Map<number, number[]>();
    for (const [i, { ptsMicros }] of faces.entries()) {
      const number = numberOf.get(ptsMicros);
      if (number !== undefined) places.set(number, [...(places.get(number) ?? []), i]);
    }
    await eachFrame(mask, tools, async (frame, number) => {
      for (const i of places.get(number) ?? []) {
        const face = faces[i];
        if (face === undefined) continue;
        const [x, y, width, height] = face.box;
        masks.set(i, await write(face, cropFace(frame, { box: { x, y, width, height }, keypoints: [] }, tools.plan.size, tools.plan.scale)));
      }
    });
  } catch (error) {
    if (FramewitnessError.from(error, 'FW_INPUT_UNREADABLE').scope === 'run') throw error;
  }
  return masks;
}
