/** Ed25519 over verdict records: says who wrote them, which the hash chain alone cannot. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { FramewitnessError } from '../domain/errors.js';
import type { SegmentVerdict } from '../domain/verdict.js';

/** A new pair of keys as PEM: PKCS #8 and SPKI. */
export interface KeyPair {
  readonly privatePem: string;
  readonly publicPem: string;
  readonly keyId: string;
}

/** Signs records with one private key. */
export interface Signer {
  readonly keyId: string;
  /** The record with its signature. Ed25519 has no randomness: the same record gets the same signature. */
  readonly sign: (record: SegmentVerdict) => SegmentVerdict;
}

/** A public key that signatures are checked with. */
export interface VerificationKey {
  readonly keyId: string;
  /** True when `signature` of the record was made over its `hash` with the private key that belongs to this one. */
  readonly signed: (record: SegmentVerdict) => boolean;
}

/** `sha256:` and the hex SHA-256 of the public key's SPKI DER bytes. */
function keyIdOf(key: KeyObject): string {
  const der = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** What is signed: the UTF-8 bytes of `hash`, which covers all of the record but the signature. */
function signedBytes({ hash }: Pick<SegmentVerdict, 'hash'>): Buffer {
  return Buffer.from(hash, 'utf8');
}

/** A new pair of keys from the system's random source. */
export function generateKeys(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId: keyIdOf(publicKey),
  };
}

/** The parser's message is left out on purpose: it is about a secret. */
function parseKey(pem: string, kind: 'private' | 'public', name: string): KeyObject {
  let key: KeyObject;
  try {
    key = kind === 'private' ? createPrivateKey(pem) : createPublicKey(pem);
  } catch {
    throw new FramewitnessError('FW_KEY_INVALID', `This is not a ${kind} key in PEM form, or it is locked with a passphrase.`, { location: { input: name } });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new FramewitnessError('FW_KEY_INVALID', `The key is of type ${key.asymmetricKeyType ?? 'unknown'}, not Ed25519.`, { location: { input: name } });
  return key;
}

/**
 * A signer.
 * @param privatePem - PKCS #8 PEM of an Ed25519 key
 * @param name - how errors name the key: where it was read, never what it is
 * @throws FramewitnessError FW_KEY_INVALID
 */
export function createSigner(privatePem: string, name: string): Signer {
  const key = parseKey(privatePem, 'private', name);
  const keyId = keyIdOf(key);
  return { keyId, sign: (record) => ({ ...record, signature: { keyId, value: sign(null, signedBytes(record), key).toString('base64') } }) };
}

/**
 * A key to check signatures with.
 * @param pem - SPKI PEM; a private key's PEM serves too
 * @throws FramewitnessError FW_KEY_INVALID
 */
export function createVerificationKey(pem: string, name: string): VerificationKey {
  const key = parseKey(pem, 'public', name);
  return {
    keyId: keyIdOf(key),
    signed: (record) => record.signature !== undefined && verify(null, signedBytes(record), key, Buffer.from(record.signature.value, 'base64')),
  };
}
