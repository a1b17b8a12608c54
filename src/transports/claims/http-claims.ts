/** Claim checks on web servers: only origins that are listed, at public addresses unless those are listed too. */
import { lookup as resolveName, type LookupAddress } from 'node:dns';
import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { FramewitnessError, type ErrorCode, type ErrorLocation } from '../../domain/errors.js';
import { addressPolicy } from './addresses.js';
import { SilentSource, checkSize, readBody } from './body.js';
import { publicUri, type Claim } from './claim.js';
import { originPolicy } from './origins.js';
import type { ClaimSettings, FetchContext } from './settings.js';

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Answers of a server that may well answer otherwise later. */
const PASSING = new Set([408, 425, 429]);

/** Every address of a host; as `dns.lookup` with `all: true`. */
export type ResolveName = (host: string, done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void) => void;

const systemResolver: ResolveName = (host, done) => {
  resolveName(host, { all: true }, done);
};

/** Reads `http:` and `https:` claims. @throws FramewitnessError FW_CLAIM_REFUSED, _NOT_FOUND, _DENIED, _UNAVAILABLE, _MISMATCH */
export type HttpClaimReader = (claim: Claim, context: FetchContext, location: ErrorLocation) => Promise<Uint8Array>;

/**
 * @param resolve - how host names become addresses; the addresses that it gives are checked and connected to, so that a name
 * which changes its address in between gains nothing
 * @throws FramewitnessError FW_TOPOLOGY_INVALID for a range that is none
 */
export function httpClaimReader({ origins, privateAddresses }: ClaimSettings['http'], resolve: ResolveName = systemResolver): HttpClaimReader {
  const isListed = originPolicy(origins);
  const isAllowed = addressPolicy(privateAddresses);
  return async (claim, context, location) => {
    const refused = (url: URL, detail: string): FramewitnessError => new FramewitnessError('FW_CLAIM_REFUSED', `${publicUri(url.href)} ${detail}`, { location });
    let url = new URL(claim.uri);
    for (let redirects = 0; ; redirects += 1) {
      if (!isListed(url)) throw refused(url, 'is not of an origin in transport.claims.http.origins');
      if (url.username !== '' || url.password !== '') throw refused(url, 'carries a user name or password');
      const literal = url.hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal) !== 0 && !isAllowed(literal)) throw refused(url, `leads to ${literal}, which is not public and not in transport.claims.http.privateAddresses`);
      try {
        const response = await send(url, checkedLookup(resolve, isAllowed), context);
        const status = response.statusCode ?? 0;
        const target = REDIRECTS.has(status) ? response.headers.location : undefined;
        if (target === undefined) return await readAnswer(response, status, claim, context, location);
        response.destroy();
        if (redirects >= MAX_REDIRECTS) throw refused(url, `redirects more than ${MAX_REDIRECTS} times`);
        if (!URL.canParse(target, url.href)) throw refused(url, 'redirects to what is no address');
        url = new URL(target, url);
      } catch (error) {
        throw error instanceof FramewitnessError ? error : failure(error, url, context, location);
      }
    }
  };
}

async function readAnswer(response: IncomingMessage, status: number, claim: Claim, { idleMillis }: FetchContext, location: ErrorLocation): Promise<Uint8Array> {
  try {
    if (status !== 200) {
      const code: ErrorCode = status === 404 || status === 410 ? 'FW_CLAIM_NOT_FOUND' : status >= 500 || PASSING.has(status) ? 'FW_CLAIM_UNAVAILABLE' : 'FW_CLAIM_DENIED';
      throw new FramewitnessError(code, `the server answers ${status} for ${publicUri(claim.uri)}`, { location });
    }
    const length = response.headers['content-length'];
    checkSize(claim, length === undefined ? undefined : Number(length), location);
    return await readBody(response, claim, idleMillis, location);
  } finally {
    response.destroy();
  }
}

function send(url: URL, lookup: LookupFunction, { signal, idleMillis }: FetchContext): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = { method: 'GET', agent: false, lookup, signal, headers: { accept: '*/*', 'accept-encoding': 'identity' } };
    const request = url.protocol === 'https:' ? requestSecure(url, options) : requestPlain(url, options);
    request.setTimeout(idleMillis, () => request.destroy(new SilentSource(idleMillis)));
    // Once an answer has begun, its reader watches for silence: two watches on one connection would race for what is said.
    request.once('response', () => request.setTimeout(0));
    // Stays after the answer came: what breaks then is seen by whoever reads the answer.
    request.on('error', reject);
    request.on('response', resolve);
    request.end();
  });
}

/** An address that the policy does not allow. */
class ForbiddenAddress extends Error {}

/** Gives the connection only addresses that were checked, of one and the same look-up. */
function checkedLookup(resolve: ResolveName, isAllowed: (address: string) => boolean): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, addresses) => {
      const allowed = addresses.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (error !== null) done(error, []);
      else if (first === undefined) done(new ForbiddenAddress(`leads to ${addresses.map(({ address }) => address).join(', ')}, which is not public and not in transport.claims.http.privateAddresses`), []);
      else if (options.all === true) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}

/** A certificate that is not trusted does not become so by waiting. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF))/;

function failure(error: unknown, url: URL, { signal }: FetchContext, location: ErrorLocation): FramewitnessError {
  const cause = signal.aborted ? (signal.reason as unknown) : error;
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (error instanceof ForbiddenAddress) return new FramewitnessError('FW_CLAIM_REFUSED', `${publicUri(url.href)} ${detail}`, { location, cause });
  if (CERTIFICATE.test(system)) return new FramewitnessError('FW_CLAIM_REFUSED', `${publicUri(url.href)} has a certificate that is not trusted (${system})`, { location, cause });
  return new FramewitnessError('FW_CLAIM_UNAVAILABLE', `${publicUri(url.href)} cannot be fetched now: ${detail}`, { location, cause });
}
