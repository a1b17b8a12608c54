import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { createSigner, createVerificationKey, generateKeys } from '../../src/verdicts/signing.js';
import { verdictProblems } from '../../src/verdicts/schema.js';
import { interview } from './records.js';

test('a signed record keeps its hash, is a valid record, and belongs to its key alone', async () => {
  const [own, other] = [generateKeys(), generateKeys()];
  const [record] = await interview();
  const signed = createSigner(own.privatePem, 'test').sign(record!);
  assert.equal(signed.hash, record!.hash);
  assert.deepEqual(verdictProblems(signed), []);
  assert.equal(signed.signature?.keyId, own.keyId);
  assert.equal(createVerificationKey(own.publicPem, 'test').signed(signed), true);
  assert.equal(createVerificationKey(other.publicPem, 'test').signed(signed), false);
  assert.equal(createVerificationKey(own.publicPem, 'test').signed(record!), false, 'unsigned');
  assert.equal(createVerificationKey(own.publicPem, 'test').signed({ ...signed, hash: signed.hash.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }), false);
});

test('the same record gets the same signature, and private and public key the same id', async () => {
  const { privatePem, publicPem, keyId } = generateKeys();
  const [record] = await interview();
  const signer = createSigner(privatePem, 'test');
  assert.deepEqual(signer.sign(record!), createSigner(privatePem, 'again').sign(record!));
  assert.equal(signer.keyId, keyId);
  assert.equal(createVerificationKey(publicPem, 'test').keyId, keyId);
  assert.equal(createVerificationKey(privatePem, 'test').keyId, keyId);
});

test('what is no Ed25519 key is refused by where it was read, without a word of its text', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const pem of ['', 'no key', generateKeys().publicPem, rsa, generateKeys().privatePem.replace('PRIVATE KEY', 'PRIVATE KEYS')]) {
    assert.throws(
      () => createSigner(pem, 'env:KEY'),
      (error) => error instanceof FramewitnessError && error.code === 'FW_KEY_INVALID' && error.location.input === 'env:KEY' && (pem.length < 60 || !error.message.includes(pem.slice(30, 60))),
    );
  }
});
