import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, digestOf } from '../../src/verdicts/canonical.js';

test('keys are sorted by UTF-16 code unit and numbers have their shortest form, as in RFC 8785 section 3.2', () => {
  // The examples of the RFC: sections 3.2.2 (values) and 3.2.3 (property sorting).
  assert.equal(
    canonicalJson({ numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001], string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\/', literals: [null, true, false] }),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const sorted = Object.keys(JSON.parse(canonicalJson(Object.fromEntries(keys.map((k) => [`k${k}`, 0])))) as object);
  assert.deepEqual(sorted, ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'].map((k) => `k${k}`));
});

test('the digest is that of the canonical bytes', () => {
  // printf '{"a":1,"b":"é"}' | sha256sum
  assert.equal(digestOf({ b: 'é', a: 1 }), 'sha256:09ad9fd2fb648cb2f62141215828ea00a62c299db05d20aa9ade2f527a301cc6');
});

test('key order and a round trip through JSON change nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.equal(canonicalJson(JSON.parse(text)), text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        assert.equal(canonicalJson(Object.fromEntries(Object.entries(value).reverse())), text);
      }
    }),
  );
});

test('what JSON cannot carry is refused', () => {
  for (const value of [NaN, Infinity, undefined, { a: [1, { b: NaN }] }, { a: 'half \ud83d' }, { '\udc00': 1 }]) {
    assert.throws(() => canonicalJson(value), { code: 'FW_VERDICT_INVALID' });
  }
  assert.equal(canonicalJson({ a: 'a literal \\ud83d' }), '{"a":"a literal \\\\ud83d"}');
});
