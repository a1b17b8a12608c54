/** Dead letters: input that could not be judged, as it came, with headers that say why and how to look into it. */
import type { IHeaders } from 'kafkajs';
import type { FramewitnessError } from '../../domain/errors.js';
import { eventHeaders } from './cloud-events.js';

/** Header names of a dead letter; what else it has came with the input. */
export const DEAD_LETTER_HEADERS = {
  code: 'dead-letter-code',
  stage: 'dead-letter-stage',
  message: 'dead-letter-message',
  topic: 'dead-letter-topic',
  partition: 'dead-letter-partition',
  offset: 'dead-letter-offset',
  sha256: 'dead-letter-sha256',
  bytes: 'dead-letter-bytes',
  replay: 'dead-letter-replay',
} as const;

/** Where in the job a record was given up. */
export type DeadLetterStage = 'record' | 'sequence' | 'claim' | 'decode';

/** The record that is given up, and why. */
export interface DeadLetter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders | undefined;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Lower-case hex SHA-256 of the value. */
  readonly sha256: string;
  readonly stage: DeadLetterStage;
  readonly error: Pick<FramewitnessError, 'code' | 'message'>;
  /** Stream id, where the key is one. */
  readonly stream: string;
  /** The job's event source. */
  readonly source: string;
}

/** Longest text in a header, characters: messages may quote what they complain of. */
const MAX_TEXT = 2_000;

/** One shell word. */
function quoted(text: string): string {
  return /^[A-Za-z0-9._/:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command that judges the record again without touching the job. */
export function replayCommand({ topic, partition, offset }: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>): string {
  return `framewitness replay --topic ${quoted(topic)} --partition ${partition} --offsets ${offset}`;
}

/**
 * The record for the topic of dead letters. Names of ours in the input's headers are replaced.
 *
 * @param maxBytes - the topic's limit; a value that does not fit is left out (its `dead-letter-bytes` are not 0 then)
 */
export function deadLetterRecord(letter: DeadLetter, maxBytes = Number.POSITIVE_INFINITY): { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: IHeaders } {
  const { key, value, headers, topic, partition, offset, sha256, stage, error, stream, source } = letter;
  const own = eventHeaders({ kind: 'deadLetter', id: `${topic}/${partition}/${offset}`, source, stream });
  delete own['content-type'];
  const carried = Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !name.startsWith('dead-letter-') && !name.startsWith('ce_')));
  const carriedBytes = Object.entries(carried).reduce((sum, [name, text]) => sum + Buffer.byteLength(name) + [text].flat().reduce((n, part) => n + Buffer.byteLength(part ?? ''), 0) + 16, 0);
  const size = (key?.length ?? 0) + (value?.length ?? 0) + carriedBytes + 8_192;
  return {
    key,
    value: size > maxBytes ? null : value,
    headers: {
      ...(size > maxBytes ? {} : carried),
      ...own,
      [DEAD_LETTER_HEADERS.code]: error.code,
      [DEAD_LETTER_HEADERS.stage]: stage,
      [DEAD_LETTER_HEADERS.message]: error.message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_TEXT),
      [DEAD_LETTER_HEADERS.topic]: topic,
      [DEAD_LETTER_HEADERS.partition]: String(partition),
      [DEAD_LETTER_HEADERS.offset]: offset,
      [DEAD_LETTER_HEADERS.sha256]: sha256,
      [DEAD_LETTER_HEADERS.bytes]: String(value?.length ?? 0),
      [DEAD_LETTER_HEADERS.replay]: replayCommand(letter),
    },
  };
}
