/** The adapters that a topology names. */
import { FramewitnessError } from '../../domain/errors.js';
import type { DecodedFrame } from '../../domain/media.js';
import type { CropFace, FaceDetector, SegmentDecoder } from '../../domain/ports.js';
import { createBlazeFaceDetector } from '../../faces/blazeface-detector.js';
import { createTasksVisionDetector } from '../../faces/tasks-vision-detector.js';
import { createFfmpegDecoder } from '../../media/ffmpeg-decoder.js';
import { LibavDecoder } from '../../media/libav-decoder.js';
import { lumaSignature } from '../../media/luma-signature.js';
import { cropFace } from '../../media/sampler.js';
import { readCard, type ModelCard } from '../../models/load.js';
import { createScorer, isClipScorer } from '../../models/scorers.js';
import type { Scorer } from '../../stages/score.js';
import { resolveCard } from '../cards.js';
import type { Topology } from '../schema.js';

/** What a worker serves with. */
export interface Adapters {
  readonly media: { readonly decoder: SegmentDecoder; readonly cropFace: CropFace; readonly signatureOf: (frame: DecodedFrame) => Uint8Array };
  readonly detector: FaceDetector;
  readonly detectorIdentity: { readonly name: string; readonly digest: string };
  readonly decoderName: string;
  readonly scorers: readonly Scorer[];
  readonly close: () => Promise<void>;
}

/** The model cards that a topology names, in its order, each under the name that the model has there. */
export function loadCards({ stages }: Topology, folder: string): Promise<ModelCard[]> {
  return Promise.all(stages.score.models.map(async ({ name, card }) => ({ ...(await readCard(resolveCard(card, folder))), name })));
}

/** Makes everything that a worker needs. @throws FramewitnessError of scope `run` */
export async function createAdapters(topology: Topology, folder: string): Promise<Adapters> {
  const { decode, detect, score } = topology.stages;
  const decoder = decode.decoder === 'libav' ? new LibavDecoder() : createFfmpegDecoder();
  const options = { minScore: detect.minScore, tiles: { ...detect.tiles, minFaceSize: detect.minFaceSize } };
  const detector = detect.detector === 'blazeface' ? await createBlazeFaceDetector(options) : await createTasksVisionDetector(options);
  const scorers = await Promise.all(score.models.map(async ({ name, card, executor, backend, precision }): Promise<Scorer> => {
    const scorer = await createScorer({ name, card: resolveCard(card, folder), executor, backend, precision });
    return isClipScorer(scorer) ? { kind: 'clip', scorer } : { kind: 'frame', scorer };
  }));
  return {
    media: { decoder, cropFace, signatureOf: lumaSignature },
    detector,
    detectorIdentity: detector.identity,
    decoderName: decode.decoder,
    scorers,
    close: async () => {
      const closing = await Promise.allSettled([decoder.close(), detector.close(), ...scorers.map(({ scorer }) => scorer.close())]);
      const failed = closing.find((result) => result.status === 'rejected');
      if (failed) throw FramewitnessError.from(failed.reason, 'FW_INTERNAL');
    },
  };
}
