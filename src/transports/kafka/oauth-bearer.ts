/**
 * SASL OAUTHBEARER (RFC 7628). kafkajs's own does not look at the answer: a refused token then is a connection that the broker
 * closes, again and again, without a reason.
 */
import type { Mechanism } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';

const SEPARATOR = '\u0001';

/** Kafka's BYTES: a length, then as many bytes. */
function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function request(text: string): { readonly encode: () => Buffer } {
  return { encode: () => framed(Buffer.from(text, 'utf8')) };
}

/** The text of an answer; empty where the broker has nothing to say against the token. */
const response = { decode: (bytes: Buffer): Buffer => bytes.subarray(4), parse: (bytes: Buffer): string => bytes.toString('utf8') };

/** What the broker says against a token: a JSON object with `status`. */
function reasonOf(said: string): string {
  try {
    const { status } = JSON.parse(said) as { readonly status?: unknown };
    if (typeof status === 'string') return status.slice(0, 200);
  } catch {
    // Not the JSON that RFC 7628 asks for.
  }
  return 'no reason given';
}

/**
 * The mechanism as kafkajs takes it.
 *
 * @param token - asked for each connection, since tokens expire; what it throws goes to whoever connects
 */
export function oauthBearer(token: () => Promise<string>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        const bearer = await token();
        const said = await saslAuthenticate({ request: request(`n,,${SEPARATOR}auth=Bearer ${bearer}${SEPARATOR}${SEPARATOR}`), response });
        if (typeof said !== 'string' || said === '') return;
        // The broker waits for this before it ends the exchange, with an error of its own that says no more.
        await saslAuthenticate({ request: request(SEPARATOR) }).catch(() => undefined);
        throw new FramewitnessError('FW_KAFKA_AUTHENTICATION', `the broker refuses the token: ${reasonOf(said)}`);
      },
    }),
  };
}
