/** Publishes files, each as one stream: the segments that `scan` judges, byte for byte. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Logger } from '../../domain/logger.js';
import type { Segment } from '../../domain/media.js';
import type { Segmenter } from '../file-source.js';
import type { Publisher } from './publisher.js';
import type { RecordedPosition } from './records.js';
import type { PlacedSegment } from './timeline.js';

/** A file to publish. */
export interface FilePlan {
  readonly path: string;
  readonly stream: string;
  /** Close the stream after the last segment. */
  readonly endOfStream: boolean;
}

/** What a file has come to. */
export interface FileOutcome {
  readonly stream: string;
  /** Published now. */
  readonly segments: number;
  /** Passed over, because the topic had them. */
  readonly alreadyThere: number;
  readonly error?: FramewitnessError;
}

/** What {@link publishFile} needs of others. */
export interface FileParts {
  readonly segmenter: Segmenter;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly onSegment: (segment: PlacedSegment) => void;
}

/**
 * Publishes what the topic does not have yet of a file. A file that breaks off is published as far as it goes, and its stream
 * is not closed. Never rejects.
 */
export async function publishFile(plan: FilePlan, parts: FileParts, recorded?: RecordedPosition): Promise<FileOutcome> {
  const { path, stream, endOfStream } = plan;
  const { segmenter, publisher, stop, onSegment } = parts;
  let segments = 0;
  let alreadyThere = 0;
  const outcome = (error?: FramewitnessError): FileOutcome => ({ stream, segments, alreadyThere, ...(error === undefined ? {} : { error }) });
  const known = recorded?.nextSequence ?? 0;
  if (recorded?.ended === true) return { stream, segments, alreadyThere: known };
  try {
    for await (const segment of segmenter({ path, stream })) {
      if (stop.aborted) throw new FramewitnessError('FW_INTERRUPTED', 'publishing the file was interrupted; the next run goes on from here', { location: { input: path } });
      if (segment.sequence < known) {
        checkSame(segment, known, recorded);
        alreadyThere += 1;
        continue;
      }
      const placed = place(segment);
      await publisher.publish(placed);
      segments += 1;
      onSegment(placed);
    }
    if (alreadyThere < known) throw follows(path, stream, `the topic has ${known} segments of it, and the file only ${alreadyThere}`);
    if (endOfStream) await publisher.end(stream, alreadyThere + segments);
    return outcome();
  } catch (error) {
    return outcome(FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: path, stream }));
  }
}

/** A file knows no end of a segment but the start of the next; ingest resumes by sequence number here, so the start is enough. */
function place({ stream, sequence, ptsStartMicros, media, sha256, warnings }: Segment): PlacedSegment {
  return { stream, sequence, ptsStartMicros, ptsEndMicros: ptsStartMicros, media, sha256, warnings, lost: [] };
}

function checkSame(segment: Segment, known: number, recorded: RecordedPosition | undefined): void {
  if (segment.sequence !== known - 1 || recorded?.sha256 === undefined || recorded.sha256 === segment.sha256) return;
  throw follows(segment.source.name, segment.stream, `segment ${segment.sequence} is not the one that the topic has`);
}

function follows(path: string, stream: string, detail: string): FramewitnessError {
  return new FramewitnessError('FW_FEED_FOLLOW', `the file is not the one that was published as ${stream}: ${detail}`, { location: { input: path, stream } });
}
