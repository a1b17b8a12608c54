/** A topology whose judging costs little, for tests of the job around it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SMALL_FRAMES_PER_SECOND } from './segments.js';
import type { JobTopics } from './topics.js';

/** What tests vary. */
export interface JobSettings {
  readonly bootstrap: string;
  readonly applicationId: string;
  readonly topics: JobTopics;
  /** Decoding and scoring processes of one worker. */
  readonly processes?: number;
  /** Added to `transport.kafka`, section by section. */
  readonly kafka?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Added to the topology's `stages`. */
  readonly stages?: Readonly<Record<string, unknown>>;
}

/** Writes the topology into `folder`. @returns its path */
export function writeJobTopology(folder: string, settings: JobSettings): string {
  const more = settings.kafka ?? {};
  const topology = {
    version: '1.0',
    name: 'job-test',
    workers: { count: settings.processes ?? 1 },
    stages: {
      decode: { timeoutSeconds: 60 },
      sample: { framesPerSecond: SMALL_FRAMES_PER_SECOND },
      detect: { tiles: { mode: 'never' } },
      score: {
        models: [
          { name: 'frames', card: 'builtin:srm-residual' },
          { name: 'clips', card: 'builtin:srm-residual-gru' },
        ],
      },
      verdict: { minFaces: 2, evidence: { cropsPerTrack: 1 } },
      ...settings.stages,
    },
    transport: {
      kafka: {
        brokers: [settings.bootstrap],
        applicationId: settings.applicationId,
        topics: settings.topics,
        ...more,
        // A killed worker's partitions move on after this long; a worker on a busy machine must still be heard of in time.
        consumer: { sessionTimeoutMillis: 2000, heartbeatMillis: 200, rebalanceTimeoutMillis: 10_000, ...more['consumer'] },
      },
    },
  };
  const path = join(folder, `${settings.applicationId}.yaml`);
  writeFileSync(path, stringify(topology));
  return path;
}
