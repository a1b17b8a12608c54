import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_CATALOGUE, FramewitnessError, type ErrorCode } from '../../src/domain/errors.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const codes = Object.keys(ERROR_CATALOGUE).sort();

test('every code is documented, and nothing is documented that is not a code', () => {
  const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(FW_[A-Z0-9_]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual([...documented].sort(), codes);
});

test('every code is raised somewhere, and no other code is', () => {
  const used = new Set<string>();
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file === join('domain', 'errors.ts')) continue;
    for (const [code] of withoutComments(readFileSync(join(root, 'src', file), 'utf8')).matchAll(/FW_[A-Z0-9_]+/g)) used.add(code);
  }
  assert.deepEqual(codes.filter((code) => !used.has(code)), [], 'codes that nothing raises');
  assert.deepEqual([...used].filter((code) => !codes.includes(code)), [], 'codes that the catalogue lacks');
});

test('codes are told apart from their mention in comments', () => {
  assert.equal(withoutComments("/** FW_A */ raise('FW_B'); // FW_C\n * FW_D").includes('FW_B'), true);
  for (const code of ['FW_A', 'FW_C']) assert.equal(withoutComments("/** FW_A */ raise('FW_B'); // FW_C\n").includes(code), false);
});

test('every entry says what it means and what to do, in sentences', () => {
  for (const [code, { meaning, fix }] of Object.entries(ERROR_CATALOGUE)) {
    assert.match(code, /^FW_[A-Z]+(?:_[A-Z]+)*$/);
    for (const text of [meaning, fix]) assert.match(text, /^[A-Z].{10,}\.$/s, `${code}: ${text}`);
  }
});

test('an error takes scope and retriability from its code, and keeps its location and cause', () => {
  const cause = new Error('why');
  for (const code of codes as ErrorCode[]) {
    const error = new FramewitnessError(code, 'what', { location: { input: 'a.mp4', sequence: 3 }, cause });
    assert.ok(error instanceof Error);
    assert.equal(error.scope, ERROR_CATALOGUE[code].scope);
    assert.equal(error.retriable, ERROR_CATALOGUE[code].retriable);
    assert.equal(error.fix, ERROR_CATALOGUE[code].fix);
    assert.equal(error.cause, cause);
    assert.equal(error.message, 'what');
  }
});

test('an error survives a process boundary', () => {
  const error = new FramewitnessError('FW_LIMIT_PIXELS', 'too many', { location: { stream: 's', sequence: 1, ptsMicros: 5 } });
  const revived = FramewitnessError.revive(JSON.parse(JSON.stringify(error.serialise())) as ReturnType<FramewitnessError['serialise']>);
  for (const field of ['code', 'message', 'scope', 'retriable', 'location'] as const) assert.deepEqual(revived[field], error[field]);
});

test('an error of the family is kept as it is, and any other becomes its cause', () => {
  const own = new FramewitnessError('FW_INPUT_EMPTY', 'empty');
  assert.equal(FramewitnessError.from(own, 'FW_INTERNAL'), own);
  const other = new TypeError('odd');
  const wrapped = FramewitnessError.from(other, 'FW_INTERNAL', { input: 'x' });
  assert.deepEqual([wrapped.code, wrapped.message, wrapped.cause, wrapped.location], ['FW_INTERNAL', 'odd', other, { input: 'x' }]);
  assert.equal(FramewitnessError.from('text', 'FW_INTERNAL').message, 'text');
});

/** Source text without its comments. Knows no strings: a comment sign in one costs no code, as codes never follow it there. */
function withoutComments(source: string): string {
  return source.replace(/\/\*.*?\*\//gs, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
