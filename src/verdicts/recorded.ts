/** Recorded verdicts, found again by stream and segment. Keeps places and hashes in memory, not records. */
import { open, type FileHandle } from 'node:fs/promises';
import type { FramewitnessError } from '../domain/errors.js';
import type { SegmentSource } from '../domain/media.js';
import type { SegmentVerdict } from '../domain/verdict.js';
import { readVerdicts } from './jsonl.js';

/** Where one record is, and its place in the chain. */
export interface RecordedPlace {
  readonly sequence: number;
  readonly startMicros: number;
  readonly hash: string;
  readonly previousHash: string | null;
  readonly segmentSha256: string;
  /** Where the segment was read when it was judged. */
  readonly sourceKind: SegmentSource['kind'];
  /** Offset of the input record, where it was read from a topic. */
  readonly offset: string | undefined;
  readonly start: number;
  readonly bytes: number;
}

/** The verdicts of a file. */
export interface RecordedVerdicts {
  readonly streams: readonly string[];
  /** Places of one stream, in the order of the file. */
  places(stream: string): readonly RecordedPlace[];
  read(place: RecordedPlace): Promise<SegmentVerdict>;
  close(): Promise<void>;
}

/**
 * Reads a file of verdicts once.
 *
 * @param onProblem - told of every line that is no verdict
 * @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE
 */
export async function openRecorded(path: string, onProblem: (error: FramewitnessError) => void): Promise<RecordedVerdicts> {
  const streams = new Map<string, RecordedPlace[]>();
  for await (const { record, start, bytes } of readVerdicts(path, { onProblem })) {
    const { finding, hash, previousHash, provenance } = record;
    const own = streams.get(finding.stream) ?? [];
    streams.set(finding.stream, own);
    own.push({ sequence: finding.sequence, startMicros: finding.startMicros, hash, previousHash, segmentSha256: provenance.segmentSha256, sourceKind: provenance.source.kind, offset: provenance.source.offset, start, bytes });
  }
  const handle: FileHandle = await open(path);
  return {
    streams: [...streams.keys()],
    places: (stream) => streams.get(stream) ?? [],
    read: async ({ start, bytes }) => {
      const buffer = Buffer.alloc(bytes);
      await handle.read(buffer, 0, bytes, start);
      return JSON.parse(buffer.toString('utf8')) as SegmentVerdict;
    },
    close: () => handle.close(),
  };
}
