/** The stateless half: decode, detect and crop one segment. Needs nothing but the segment, so any number run in parallel. */
import { lastValueFrom, toArray } from 'rxjs';
import { FramewitnessError } from '../domain/errors.js';
import type { SampledFrame, SegmentAnalysis } from '../domain/faces.js';
import type { DecodeAccounting, DecodedFrame, Segment, SegmentWarning } from '../domain/media.js';
import type { CropFace, DecodeRequest, FaceDetector, GridFrame, SegmentDecoder } from '../domain/ports.js';
import { pullMap } from '../operators/pull-map.js';
import { cropFaces, type CropOptions } from './crop.js';
import { detectFaces } from './detect.js';

/** Adapters and settings of the stateless half. */
export interface AnalyseOptions {
  readonly decoder: SegmentDecoder;
  readonly detector: FaceDetector;
  readonly cropFace: CropFace;
  /** 16 × 9 luma bytes of a frame, for hard-cut detection. */
  readonly signatureOf: (frame: DecodedFrame) => Uint8Array;
  readonly request: DecodeRequest;
  readonly crop: CropOptions;
}

const NOTHING: DecodeAccounting = { present: 0, wanted: 0, notWanted: 0, undecodable: 0 };

/** What is said of a segment of which nothing could be analysed. */
export function unanalysable(segment: Omit<Segment, 'media'> & { readonly bytes: number }, error: FramewitnessError): SegmentAnalysis {
  return {
    ...described(segment, segment.bytes),
    accounting: NOTHING,
    frames: [],
    warnings: [...segment.warnings, { code: error.code, message: error.message }],
  };
}

function described(segment: Omit<Segment, 'media'>, bytes: number): Omit<SegmentAnalysis, 'accounting' | 'frames' | 'warnings'> {
  const { stream, sequence, ptsStartMicros, sha256, source } = segment;
  return { stream, sequence, ptsStartMicros, sha256, bytes, source };
}

/**
 * Analyses segments. Errors of the media become warnings of an analysis that has nothing to judge: the verdict abstains.
 * A frame's planes are borrowed from the decoder, so frames are taken one at a time.
 */
export function analyseSegment(options: AnalyseOptions): (segment: Segment) => Promise<SegmentAnalysis> {
  const detect = detectFaces(options.detector, options.request.grid);
  const crop = cropFaces(options.cropFace, options.crop);

  return async (segment) => {
    const warnings: SegmentWarning[] = [];
    const sampleFrame = async ({ frame, tentative }: GridFrame): Promise<SampledFrame> => {
      const { ptsMicros } = frame;
      const signature = options.signatureOf(frame);
      const detection = await detect(frame);
      if ('failure' in detection) {
        if (!warnings.some((warning) => warning.code === detection.failure.code)) warnings.push(detection.failure);
        return { ptsMicros, tentative, signature, faces: [], facesSkipped: {}, skipped: 'detector-failed' };
      }
      return { ptsMicros, tentative, signature, ...crop(frame, detection.faces) };
    };
    try {
      const decoding = await options.decoder.open(segment, options.request);
      const frames = await lastValueFrom(pullMap(decoding.frames(), sampleFrame, { concurrency: 1 }).pipe(toArray()));
      return {
        ...described(segment, segment.media.byteLength),
        video: decoding.video,
        accounting: decoding.accounting(),
        frames,
        warnings: [...segment.warnings, ...decoding.warnings(), ...warnings],
      };
    } catch (error) {
      return unanalysable({ ...segment, bytes: segment.media.byteLength }, FramewitnessError.from(error, 'FW_SEGMENT_UNDECODABLE'));
    }
  };
}
