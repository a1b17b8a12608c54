import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import { verdictLine } from '../../src/verdicts/chain.js';
import { createSigner } from '../../src/verdicts/signing.js';
import { errorLines, readVerdicts, runCli } from '../support/cli.js';
import { shortClip } from '../support/sample.js';
import { interview } from '../verdicts/records.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-verify-'));
const privateKey = join(folder, 'audit.private.pem');
const publicKey = join(folder, 'audit.public.pem');
const file = join(folder, 'verdicts.jsonl');

before(async () => {
  const made = await runCli(['keys', 'generate', '--out', join(folder, 'audit')]);
  assert.equal(made.code, EXIT.ok, made.stderr);
  const signer = createSigner(readFileSync(privateKey, 'utf8'), 'test');
  writeFileSync(file, (await interview()).map((record) => verdictLine(signer.sign(record))).join(''));
});

test('keys generate keeps the private key to its owner, and never replaces a key', async () => {
  assert.equal(statSync(privateKey).mode & 0o777, 0o600);
  const before = readFileSync(privateKey, 'utf8');
  const again = await runCli(['keys', 'generate', '--out', join(folder, 'audit')]);
  assert.equal(again.code, EXIT.usage);
  assert.deepEqual(errorLines(again.stderr).map(({ code }) => code), ['FW_OUTPUT_UNWRITABLE']);
  assert.equal(readFileSync(privateKey, 'utf8'), before);
  assert.equal((await runCli(['keys', 'id', publicKey])).stdout, (await runCli(['keys', 'id', privateKey])).stdout);
});

test('verify accepts what was signed with the key', async () => {
  const { code, stdout } = await runCli(['verify', file, '--key', publicKey]);
  assert.equal(code, EXIT.ok, stdout);
  assert.match(stdout, /verified; 12 records of 1 stream; 12 records signed, checked against 1 key/);
});

test('verify names the line, the stream and the segment that was changed, for people and machines', async () => {
  const changed = join(folder, 'changed.jsonl');
  writeFileSync(changed, readFileSync(file, 'utf8').replace('"segmentBytes":183209', '"segmentBytes":183200'));
  const { code, stdout } = await runCli(['verify', changed, '--key', publicKey]);
  assert.equal(code, EXIT.mismatch);
  assert.match(stdout, /error FW_VERDICT_CHAIN: \S+changed\.jsonl:6: interview\.mp4 segment 5: the record does not match its hash/);
  const json = JSON.parse((await runCli(['verify', changed, '--json'])).stdout) as { ok: boolean; files: { problems: { line: number; kind: string }[] }[] };
  assert.deepEqual([json.ok, json.files[0]?.problems.map(({ line, kind }) => `${line} ${kind}`)], [false, ['6 hash']]);
});

test('verify fails for unsigned records when a key is given, for an empty file, and for a file that is not there', async () => {
  const unsigned = join(folder, 'unsigned.jsonl');
  writeFileSync(unsigned, (await interview()).map(verdictLine).join(''));
  assert.equal((await runCli(['verify', unsigned])).code, EXIT.ok);
  assert.match((await runCli(['verify', unsigned, '--key', publicKey])).stdout, /NOT VERIFIED, 12 problems/);
  writeFileSync(join(folder, 'empty.jsonl'), '');
  assert.equal((await runCli(['verify', join(folder, 'empty.jsonl')])).code, EXIT.mismatch);
  assert.equal((await runCli(['verify', join(folder, 'nowhere.jsonl')])).code, EXIT.usage);
  assert.deepEqual(errorLines((await runCli(['verify', unsigned, '--key', unsigned])).stderr).map(({ code }) => code), ['FW_KEY_INVALID']);
});

test('scan signs with a key from a file or from the environment, and shows it nowhere', async () => {
  const clip = await shortClip(4, 'ts');
  const pem = readFileSync(privateKey, 'utf8');
  const secret = pem.split('\n')[1]!;
  const out = [join(folder, 'from-file.jsonl'), join(folder, 'from-env.jsonl')] as const;
  const runs = [
    await runCli(['scan', clip, '--no-report', '--out', out[0], '--sign', privateKey]),
    await runCli(['scan', clip, '--no-report', '--out', out[1], '--sign', 'env:AUDIT_KEY', '--json'], { env: { AUDIT_KEY: pem } }),
  ];
  for (const [i, { code, stdout, stderr }] of runs.entries()) {
    assert.equal(code, EXIT.ok, stderr);
    assert.ok(![stdout, stderr, readFileSync(out[i]!, 'utf8')].some((text) => text.includes(secret)));
    assert.equal((await runCli(['verify', out[i]!, '--key', publicKey])).code, EXIT.ok);
  }
  assert.deepEqual(readVerdicts(out[0]), readVerdicts(out[1]));
  const missing = await runCli(['scan', clip, '--no-report', '--out', join(folder, 'x.jsonl'), '--sign', 'env:NO_SUCH_KEY']);
  assert.deepEqual([missing.code, errorLines(missing.stderr).map(({ code }) => code)], [EXIT.usage, ['FW_KEY_INVALID']]);
});
