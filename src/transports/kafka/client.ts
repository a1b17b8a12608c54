/** A kafkajs client from the topology's transport section. Secrets are read here and go nowhere else. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Kafka, logLevel, type KafkaConfig, type RetryOptions, type SASLOptions } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';
import type { Logger } from '../../domain/logger.js';
import type { Environment } from '../../topology/environment.js';
import type { KafkaSettings, Topology } from '../../topology/schema.js';
import { kafkaLogCreator } from './log.js';
import { oauthBearer } from './oauth-bearer.js';

/** What {@link createKafkaClient} needs beside the settings. */
export interface KafkaClientOptions {
  /** The topology file's folder: relative paths of secrets start there. */
  readonly folder: string;
  readonly logger: Logger;
  readonly environment?: Environment;
}

/** The Kafka section of a topology. @throws FramewitnessError FW_TRANSPORT_MISSING when there is none */
export function kafkaSettings(topology: Topology): KafkaSettings {
  if (topology.transport === undefined) throw new FramewitnessError('FW_TRANSPORT_MISSING', 'the topology has no transport.kafka');
  return topology.transport.kafka;
}

/** How often kafkajs tries again before it says so; the callers here go on from there, so that a stop is never waited for long. */
const RETRIES = 8;

/** Retries of one request, as the settings say. */
export function retryOptions({ retries }: KafkaSettings): RetryOptions {
  return { retries: RETRIES, initialRetryTime: retries.initialMillis, maxRetryTime: retries.maxMillis, multiplier: retries.multiplier, factor: 0.2 };
}

/**
 * A client that is not connected yet.
 *
 * @throws FramewitnessError FW_KAFKA_SECRET when a secret or a TLS file that the settings name cannot be read
 */
export function createKafkaClient(settings: KafkaSettings, { folder, logger, environment = process.env }: KafkaClientOptions): Kafka {
  const { brokers, clientId, retries } = settings;
  const ssl = tlsOf(settings, folder);
  const sasl = saslOf(settings, folder, environment);
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: retries.connectTimeoutMillis,
    authenticationTimeout: retries.requestTimeoutMillis,
    requestTimeout: retries.requestTimeoutMillis,
    retry: retryOptions(settings),
    logLevel: logLevel.INFO,
    logCreator: kafkaLogCreator(logger),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
  return new Kafka(config);
}

function place(path: string, folder: string): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}

function missing(what: string, cause?: unknown): FramewitnessError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new FramewitnessError('FW_KAFKA_SECRET', `${what}${why}`, { cause });
}

function tlsOf({ tls }: KafkaSettings, folder: string): ConnectionOptions | undefined {
  if (!tls.enabled) return undefined;
  const pem = (key: 'ca' | 'cert' | 'key'): Record<string, Buffer> => {
    if (tls[key] === '') return {};
    try {
      return { [key]: readFileSync(place(tls[key], folder)) };
    } catch (error) {
      throw missing(`transport.kafka.tls.${key} cannot be read`, error);
    }
  };
  return { ...pem('ca'), ...pem('cert'), ...pem('key') };
}

function saslOf({ sasl }: KafkaSettings, folder: string, environment: Environment): KafkaConfig['sasl'] {
  const { mechanism, username, secretVariable, secretFile } = sasl;
  if (mechanism === 'none') return undefined;
  if (secretVariable === '' && secretFile === '') throw missing('transport.kafka.sasl names neither secretVariable nor secretFile');
  const fromVariable = (): string => {
    const value = environment[secretVariable];
    if (value === undefined || value === '') throw missing(`the variable ${secretVariable} (transport.kafka.sasl.secretVariable) is not set in the environment`);
    return value;
  };
  if (mechanism === 'oauthbearer') {
    // Tokens expire: each connection reads the file again.
    const token = async (): Promise<string> =>
      secretVariable === ''
        ? (await readFile(place(secretFile, folder), 'utf8').catch((error: unknown) => {
            throw missing('transport.kafka.sasl.secretFile cannot be read', error);
          })).trim()
        : fromVariable();
    return oauthBearer(token);
  }
  if (username === '') throw missing(`transport.kafka.sasl.username is empty, and ${mechanism} needs it`);
  // A getter, so that kafkajs reads it for each connection and a replaced file counts.
  const credentials = {
    mechanism,
    username,
    get password(): string {
      if (secretVariable !== '') return fromVariable();
      try {
        return readFileSync(place(secretFile, folder), 'utf8').trim();
      } catch (error) {
        throw missing('transport.kafka.sasl.secretFile cannot be read', error);
      }
    },
  };
  if (credentials.password === '') throw missing('the password of transport.kafka.sasl is empty');
  return credentials satisfies SASLOptions as SASLOptions;
}
