/** Segments as a producer would publish them: files cut at their keyframes, and records of the topic of segments. */
import { segmentFile } from '../../src/media/file-segmenter.js';
import type { Segment } from '../../src/domain/media.js';
import { writeRecord, type WritableRecord } from '../../src/transports/kafka/records.js';
import { SAMPLE_PATH } from './sample.js';

const LIMITS = { maxPixels: 36_000_000, maxSegmentBytes: 268_435_456, maxSegmentFrames: 20_000 };

/** The segments of a file, as `scan` cuts it by default: about two seconds each. */
export async function cutFile(path = SAMPLE_PATH, targetSeconds = 2): Promise<readonly Segment[]> {
  const segments: Segment[] = [];
  for await (const segment of segmentFile({ path, stream: path }, { targetMicros: targetSeconds * 1e6, limits: LIMITS })) segments.push(segment);
  return segments;
}

/** The record that carries a segment of `stream`. */
export function recordOf(stream: string, { sequence, ptsStartMicros, media }: Pick<Segment, 'sequence' | 'ptsStartMicros' | 'media'>): WritableRecord {
  return writeRecord({ kind: 'media', stream, sequence, ptsStartMicros, contentType: 'video/mp4', value: media });
}

/** The record that ends `stream`. */
export function endOf(stream: string, sequence: number | null = null): WritableRecord {
  return writeRecord({ kind: 'end', stream, sequence });
}
