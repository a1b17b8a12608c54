/** What `run` says on standard error: one line an event that matters, as text or as JSON. */
import { pino } from 'pino';
import type { LogFields, Logger } from '../domain/logger.js';
import type { JobEvent, JobObserver } from '../topology/build/job/events.js';
import { printable } from './text.js';

/** Levels, the least first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** A member of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : value === undefined ? 'undefined' : JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
  return /^[^\s"=]+$/u.test(text) ? printable(text, 240) : JSON.stringify(printable(text, 240));
}

/** Names of fields that are never shown, wherever they come from. */
const SECRET = /pass(?:word|phrase)|secret|token|credential|authorization/i;

/** Fields as they may be shown: no secrets, and offsets as text, since they may be beyond what a number holds. */
function cleared(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, SECRET.test(name) ? '[hidden]' : typeof value === 'bigint' ? String(value) : value]));
}

/** A logger that writes to a stream: lines of text, or pino's JSON with `time`, `level` and `message`. */
export function streamLogger(stream: NodeJS.WritableStream, least: LogLevel, json: boolean): Logger {
  const lines = json ? pino({ level: least, base: null, messageKey: 'message', timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, { write: (line) => stream.write(line) }) : undefined;
  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (lines !== undefined) lines[level](cleared(fields), message);
    else if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least)) stream.write(`${level} ${printable(message, 2_000)}${Object.entries(cleared(fields)).map(([name, value]) => ` ${name}=${shown(value)}`).join('')}\n`);
  };
  return {
    debug: (message, fields) => {
      write('debug', message, fields);
    },
    info: (message, fields) => {
      write('info', message, fields);
    },
    warn: (message, fields) => {
      write('warn', message, fields);
    },
    error: (message, fields) => {
      write('error', message, fields);
    },
  };
}

/** Logs what happens in a job. */
export function logJob(logger: Logger): JobObserver {
  return (event: JobEvent) => {
    switch (event.kind) {
      case 'assigned':
        logger.info('partitions assigned', { partitions: event.partitions });
        return;
      case 'restored':
        logger.info('partition taken over', { partition: event.partition, offset: event.offset, openStreams: event.streams, endedStreams: event.ended });
        return;
      case 'dropped':
        if (event.reason === null || event.reason.code === 'FW_KAFKA_FENCED') logger.info('partition given up', { partition: event.partition });
        else logger.warn('partition given up', { partition: event.partition, code: event.reason.code, reason: event.reason.message });
        return;
      case 'verdict': {
        const { stream, sequence, verdict, probability } = event.verdict.finding;
        logger.debug('verdict', { stream, sequence, verdict, probability });
        if (event.missing > 0) logger.warn('segments are missing', { code: 'FW_SEGMENT_GAP', stream, before: sequence, missing: event.missing });
        if (event.late) logger.warn('late segment judged alone', { code: 'FW_SEGMENT_LATE', stream, sequence });
        return;
      }
      case 'repeated':
        logger.info('repeated segment passed over', { stream: event.stream, sequence: event.sequence });
        return;
      case 'dead-letter':
        logger.warn('dead letter', { code: event.code, partition: event.partition, offset: event.offset, stream: event.stream, reason: event.message });
        return;
      case 'alert': {
        const { change, reason, stream, track, sequence } = event.alert;
        logger.info(`alert ${change}`, { stream, track, sequence, reason });
        return;
      }
      case 'stream-ended':
        logger.info('stream ended', { stream: event.stream, reason: event.reason });
        return;
      case 'expired':
        logger.error(event.error.message, { code: event.error.code, partition: event.partition });
        return;
      case 'outage':
        logger.warn('Kafka does not answer as it should; trying on', { code: event.error.code, reason: event.error.message });
        return;
      case 'recovered':
        logger.info('Kafka answers again');
        return;
      case 'committed':
        logger.debug('committed', { partition: event.partition, records: event.records, offset: event.offset, millis: Math.round(event.millis) });
        return;
      case 'fetched':
        logger.debug('fetched', { partition: event.partition, records: event.records, bytes: event.bytes, lag: event.lag });
        return;
      case 'held':
    }
  };
}
