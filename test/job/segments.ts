/** Small real segments that cost little to judge: the sample at 4 frames a second, cut every half second. */
import { writeRecord, type InputRecord, type WritableRecord } from '../../src/transports/kafka/records.js';
import { segmentFile } from '../../src/media/file-segmenter.js';
import { derivedClip, SAMPLE_PATH } from '../support/sample.js';

/** One lap of the sample, microseconds. */
const LAP_MICROS = 24_000_000;
/** Sampled frames a second: all that there are. */
export const SMALL_FRAMES_PER_SECOND = 4;

/** The segments of one lap: two frames each, faces of some 100 pixels, a few thousand bytes. */
export async function smallSegments(): Promise<readonly Uint8Array[]> {
  const filter = `fps=${SMALL_FRAMES_PER_SECOND},scale=320:-2`;
  const encoder = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '28', '-g', '2', '-keyint_min', '2', '-sc_threshold', '0', '-bf', '0', '-threads', '1'];
  const clip = await derivedClip('small.mp4', ['-i', SAMPLE_PATH, '-vf', filter, ...encoder, '-an']);
  const segments: Uint8Array[] = [];
  const options = { targetMicros: 500_000, limits: { maxPixels: 1_000_000, maxSegmentBytes: 10_000_000, maxSegmentFrames: 1000 } };
  for await (const { media } of segmentFile({ path: clip, stream: 'small' }, options)) segments.push(media);
  return segments;
}

/**
 * Record `sequence` of a stream that shows the sample over and over.
 * @param start - with which segment of the sample the stream begins, so that streams differ
 */
export function segmentRecord(lap: readonly Uint8Array[], stream: string, sequence: number, start = 0): WritableRecord {
  const micros = LAP_MICROS / lap.length;
  const record: InputRecord = { kind: 'media', stream, sequence, ptsStartMicros: sequence * micros, contentType: 'video/mp4', value: lap[(start + sequence) % lap.length]! };
  return writeRecord(record);
}

/** The record that closes a stream of `segments` segments. */
export function endRecord(stream: string, segments: number): WritableRecord {
  return writeRecord({ kind: 'end', stream, sequence: segments });
}
