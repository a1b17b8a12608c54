import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GENERATED_FILES, outdatedFiles } from '../../scripts/generate-docs.js';

test('generated schemas and reference pages are current (else: npx tsx scripts/generate-docs.ts)', () => {
  assert.ok(GENERATED_FILES.length >= 4);
  assert.deepEqual(outdatedFiles(), []);
});

test('a page that is not current is noticed', () => {
  assert.deepEqual(outdatedFiles([{ path: 'docs/reference/topology.md', content: () => 'something else' }]), ['docs/reference/topology.md']);
  assert.deepEqual(outdatedFiles([{ path: 'docs/reference/no-such-page.md', content: () => '' }]), ['docs/reference/no-such-page.md']);
});
