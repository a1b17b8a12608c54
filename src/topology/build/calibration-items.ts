/** Faces and clips of videos, found, cut and tracked as in a scan: what a network is calibrated on. */
import type { RgbImage } from '../../domain/media.js';
import { createBlazeFaceDetector } from '../../faces/blazeface-detector.js';
import { createTracker } from '../../faces/tracker.js';
import { LibavDecoder } from '../../media/libav-decoder.js';
import { lumaSignature } from '../../media/luma-signature.js';
import { cropFace } from '../../media/sampler.js';
import type { ModelCard } from '../../models/card.js';
import { advanceStream, initialState } from '../../stages/advance.js';
import { analyseSegment } from '../../stages/analyse.js';
import type { Topology } from '../schema.js';
import { createSegmenter } from './segmenter.js';

/** Sides of crops that the pipeline cuts. */
const CROP_SIZES = { minimum: 32, maximum: 512 } as const;

/**
 * Items of each video, spread evenly over it.
 *
 * @param topology - whose sampling, detection and tracking are used; crops are as the card says
 * @param most - items of one video
 */
export async function calibrationItems(paths: readonly string[], { input, kind }: Pick<ModelCard, 'input' | 'kind'>, topology: Topology, most: number): Promise<readonly (readonly (readonly RgbImage[])[])[]> {
  const { sample, decode, detect, track, clips } = topology.stages;
  const decoder = new LibavDecoder();
  const detector = await createBlazeFaceDetector({ minScore: detect.minScore, tiles: { ...detect.tiles, minFaceSize: detect.minFaceSize } });
  const cutter = createSegmenter({ targetMicros: Math.round(topology.segments.targetSeconds * 1e6), limits: topology.limits }, decode.timeoutSeconds * 1000);
  const size = Math.min(CROP_SIZES.maximum, Math.max(CROP_SIZES.minimum, input.size));
  const analyse = analyseSegment({
    decoder,
    cropFace,
    signatureOf: lumaSignature,
    detector,
    request: { grid: sample, limits: topology.limits, selective: decode.selective },
    crop: { size, scale: input.cropScale, minFaceSize: detect.minFaceSize, maxFaces: detect.maxFaces },
  });
  const { maxGapSeconds, ...rest } = track;
  const tracking = {
    tracker: createTracker({ ...rest, maxGapMicros: Math.round(maxGapSeconds * 1e6) }),
    grid: sample,
    clips: { length: kind === 'clip' ? input.clipLength : clips.length, stride: Math.max(1, Math.floor(input.clipLength / 2)), maxGapMicros: Math.round(clips.maxGapSeconds * 1e6) },
  };
  const advance = advanceStream(tracking);
  try {
    const videos: (readonly (readonly RgbImage[])[])[] = [];
    for (const path of paths) {
      let state = initialState(tracking);
      let items: (readonly RgbImage[])[] = [];
      for await (const segment of cutter.segmenter({ path, stream: path })) {
        const step = advance(state, await analyse(segment));
        state = step.state;
        items.push(...(kind === 'clip' ? step.segment.clips.map(({ faces }) => faces.map((face) => face.crop)) : step.segment.faces.map((face) => [face.crop])));
        // A long video: every other one, so that memory stays bounded and the whole of it is still looked at.
        if (items.length > 8 * most) items = items.filter((_, i) => i % 2 === 0);
      }
      const step = Math.max(1, items.length / most);
      videos.push(Array.from({ length: Math.min(most, items.length) }, (_, i) => items[Math.floor(i * step)] ?? []));
    }
    return videos;
  } finally {
    await Promise.all([cutter.close(), decoder.close(), detector.close()]);
  }
}
