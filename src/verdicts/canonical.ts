/** Canonical JSON (RFC 8785) and the digests over it. */
import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';
import { FramewitnessError } from '../domain/errors.js';

// The package is CommonJS but its types describe an ES module, so the compiler sees the namespace where Node gives the function.
const serialise = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** Half of a surrogate pair: has no UTF-8 form, so RFC 8785 (section 3.2.2.2) refuses it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The canonical JSON text of a value (RFC 8785): sorted keys, no white space, shortest numbers. Absent and `undefined`
 * properties are the same.
 *
 * @throws FramewitnessError FW_VERDICT_INVALID for what JSON cannot carry: NaN, infinities, undefined, lone surrogates
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = serialise(value);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_VERDICT_INVALID');
  }
  if (text === undefined) throw new FramewitnessError('FW_VERDICT_INVALID', 'The value has no JSON form.');
  // JSON.stringify writes a lone surrogate as an escape, which canonical JSON never has for other characters above U+001F.
  if (text.includes('\\ud') && holdsLoneSurrogate(JSON.parse(text))) {
    throw new FramewitnessError('FW_VERDICT_INVALID', 'A text holds half of a surrogate pair, which canonical JSON cannot carry.');
  }
  return text;
}

function holdsLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return LONE_SURROGATE.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => LONE_SURROGATE.test(key) || holdsLoneSurrogate(inner));
}

/** `sha256:` and the lower-case hex SHA-256 of a text's UTF-8 bytes. */
export function sha256OfText(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}

/** `sha256:` and the lower-case hex SHA-256 of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256OfText(canonicalJson(value));
}
