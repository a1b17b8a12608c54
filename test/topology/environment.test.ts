import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainScalar, substituteEnvironment } from '../../src/topology/environment.js';

const put = (text: string, environment = {}): string => substituteEnvironment(text, environment).text;

test('variables and defaults are put in, several to a text', () => {
  assert.equal(put('${env:A}/${env:B}', { A: 'x', B: 'y' }), 'x/y');
  assert.equal(put('${env:A:-d}', {}), 'd');
  assert.equal(put('${env:A:-d}', { A: '' }), 'd');
  assert.equal(put('${env:A:-}', {}), '');
  assert.equal(put('${env:A}', { A: '' }), '');
});

test('what is put in is not looked through again', () => {
  assert.equal(put('${env:A}', { A: '${env:B}', B: 'no' }), '${env:B}');
});

test('two dollar signs are one, and one alone stays', () => {
  assert.equal(put('$${env:A} costs $5', { A: 'no' }), '${env:A} costs $5');
});

test('a missing variable and a malformed reference are mistakes', () => {
  assert.match(substituteEnvironment('${env:A}', {}).mistakes[0]?.message ?? '', /A is not set/);
  assert.match(substituteEnvironment('${HOME}', {}).mistakes[0]?.hint ?? '', /\$\{env:HOME\}/);
  assert.equal(substituteEnvironment('${env:1A}', {}).mistakes.length, 1);
  assert.equal(substituteEnvironment('${env:A', {}).mistakes.length, 1);
});

test('an unquoted text is read as one value and never as a structure', () => {
  assert.equal(plainScalar('8'), 8);
  assert.equal(plainScalar(' -0.5e1 '), -5);
  assert.equal(plainScalar('true'), true);
  assert.equal(plainScalar(''), null);
  assert.equal(plainScalar('[1, 2]'), '[1, 2]');
  assert.equal(plainScalar('a: b'), 'a: b');
  assert.equal(plainScalar('1.2.3'), '1.2.3');
});
