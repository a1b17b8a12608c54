/** Errors of kafkajs as errors of the family. */
import { FramewitnessError, type ErrorCode } from '../../domain/errors.js';

/** What {@link failureOf} reads of an error of kafkajs, which wraps errors in errors. */
interface Layer {
  readonly name: string;
  readonly message: string;
  /** Protocol error, `INVALID_PRODUCER_EPOCH` for example. */
  readonly type: string | undefined;
  readonly code: unknown;
}

function layersOf(error: unknown): Layer[] {
  const layers: Layer[] = [];
  const open: unknown[] = [error];
  while (open.length > 0 && layers.length < 16) {
    const next = open.shift();
    if (!(next instanceof Error)) continue;
    const { type, code, errors } = next as Error & { readonly type?: unknown; readonly code?: unknown; readonly errors?: unknown };
    layers.push({ name: next.name, message: next.message, type: typeof type === 'string' ? type : undefined, code });
    open.push(next.cause, ...(Array.isArray(errors) ? (errors as unknown[]) : []));
    const { originalError } = next as Error & { readonly originalError?: unknown };
    open.push(originalError);
  }
  return layers;
}

const AUTHENTICATION = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE']);
/** kafkajs calls whatever happens while it authenticates an authentication error; a connection that breaks then is none. */
const BROKE_WHILE_AUTHENTICATING = /authentication failed: (?:Closed connection|Not connected|Connection |Failed to connect|Request .* timed out)/;
const UNREACHABLE_NAMES = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSNoBrokerAvailableError', 'KafkaJSBrokerNotFound', 'KafkaJSGroupCoordinatorNotFound', 'KafkaJSMetadataNotLoaded', 'KafkaJSTopicMetadataNotLoaded', 'KafkaJSLockTimeout']);
const UNREACHABLE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** What Node and OpenSSL say of a handshake or a certificate. */
const TLS_CODE = /^(?:ERR_SSL_|ERR_TLS_|CERT_|EPROTO$|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|HOSTNAME_MISMATCH$|INVALID_CA$)/;
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING', 'TRANSACTION_COORDINATOR_FENCED', 'FENCED_INSTANCE_ID']);
/** PRODUCER_FENCED, which kafkajs has no name for. */
const PRODUCER_FENCED = 90;

/** Whether the error says that another producer has our transactional id: the partition is no longer ours. */
export function isFenced(error: unknown): boolean {
  return layersOf(error).some(({ type, code }) => (type !== undefined && FENCED.has(type)) || code === PRODUCER_FENCED);
}

function codeOf(layers: readonly Layer[]): ErrorCode {
  const has = (test: (layer: Layer) => boolean): boolean => layers.some(test);
  if (has(({ name, message }) => name === 'KafkaJSSASLAuthenticationError' && BROKE_WHILE_AUTHENTICATING.test(message))) return 'FW_KAFKA_UNREACHABLE';
  if (has(({ name, type }) => name === 'KafkaJSSASLAuthenticationError' || (type !== undefined && AUTHENTICATION.has(type)))) return 'FW_KAFKA_AUTHENTICATION';
  if (has(({ type }) => type?.endsWith('AUTHORIZATION_FAILED') === true)) return 'FW_KAFKA_AUTHORIZATION';
  if (has(({ type }) => type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')) return 'FW_KAFKA_RECORD_TOO_LARGE';
  if (has(({ type, code }) => (type !== undefined && FENCED.has(type)) || code === PRODUCER_FENCED)) return 'FW_KAFKA_FENCED';
  if (has(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION')) return 'FW_KAFKA_TOPIC_MISSING';
  if (has(({ code }) => typeof code === 'string' && TLS_CODE.test(code))) return 'FW_KAFKA_TLS';
  if (has(({ name, code }) => UNREACHABLE_NAMES.has(name) || (typeof code === 'string' && UNREACHABLE_CODES.has(code)))) return 'FW_KAFKA_UNREACHABLE';
  return 'FW_KAFKA_FAILED';
}

/**
 * The error of the family that `error` stands for.
 * @param doing - what was attempted, as in «could not … »
 */
export function failureOf(error: unknown, doing: string): FramewitnessError {
  if (error instanceof FramewitnessError) return error;
  const layers = layersOf(error);
  const said = [...new Set(layers.map(({ message }) => message))].slice(0, 2).join(': ') || String(error);
  return new FramewitnessError(codeOf(layers), `could not ${doing}: ${said}`, { cause: error });
}
