/** From a placed record to its analysis: waits for room, fetches the media where the record is a claim check, and analyses it. */
import { FramewitnessError } from '../../../domain/errors.js';
import type { SegmentAnalysis } from '../../../domain/faces.js';
import { mediaPlace } from '../../../domain/media.js';
import { unanalysable } from '../../../stages/analyse.js';
import { parseClaim } from '../../../transports/claims/claim.js';
import type { ClaimResolver } from '../../../transports/claims/resolver.js';
import type { SegmentRecord } from '../../../transports/kafka/records.js';
import type { PipelineStages } from '../pipeline.js';
import type { Gate } from './gate.js';
import type { AnalyseRecord } from './steps.js';

/** Parts of {@link analyseRecords}. */
export interface AnalyseRecordOptions {
  readonly stages: Pick<PipelineStages, 'analyse'>;
  readonly gate: Gate;
  readonly claims: ClaimResolver;
  readonly topic: string;
  readonly signal: AbortSignal;
}

/** After these the stream is let in one segment at a time. */
const HARMFUL = new Set(['FW_DECODER_CRASHED', 'FW_DECODER_TIMEOUT']);

/** Size of a record's media, as far as it is known beforehand. */
export function mediaBytes(record: SegmentRecord): number {
  if (record.kind === 'media') return record.value.byteLength;
  try {
    return parseClaim(record.value, {}).bytes;
  } catch {
    // An invalid claim check has none.
    return record.value.byteLength;
  }
}

/** Analyses records of a topic. A segment whose media cannot be had, or not be analysed, has an analysis that says so. */
export function analyseRecords({ stages, gate, claims, topic, signal }: AnalyseRecordOptions): AnalyseRecord {
  return (partition, { offset, record, sha256, watch }, warnings) => {
    const { stream, sequence } = record;
    const lane = `${partition}/${stream}`;
    let release = (): void => undefined;
    const analyse = async (): Promise<SegmentAnalysis> => {
      watch.enter('wait');
      release = await gate.enter(lane, mediaBytes(record));
      watch.enter('analyse');
      const segment = {
        stream,
        sequence,
        ...mediaPlace(record.ptsStartMicros),
        sha256,
        source: { kind: 'kafka', name: topic, partition, offset: String(offset) } as const,
        warnings: [...(record.warnings ?? []), ...warnings],
      };
      let media = record.value;
      if (record.kind === 'claim') {
        try {
          media = (await claims.resolve(record.value, { stream, sequence }, signal)).media;
        } catch (error) {
          const failure = FramewitnessError.from(error, 'FW_CLAIM_UNAVAILABLE', { stream, sequence });
          // Given up because the job stops: nothing is said of the segment.
          if (failure.code === 'FW_INTERRUPTED') throw failure;
          watch.enter('advance');
          return unanalysable({ ...segment, bytes: mediaBytes(record) }, failure);
        }
      }
      const analysis = await stages.analyse({ ...segment, media });
      watch.enter('advance');
      gate.mark(lane, analysis.warnings.some(({ code }) => HARMFUL.has(code)));
      return analysis;
    };
    return {
      analysis: analyse(),
      release: () => {
        release();
      },
    };
  };
}
