// Runs the test files under node's own test runner. Arguments: file name fragments to choose by; --shared for the tests in
// test/shared, which need the data folder beside the checkout (or FRAMEWITNESS_SHARED); --native for those in test/native,
// which need the native TensorFlow.js executor (scripts/build-tfjs-node.sh); --long for those in test/long, which need it too
// and take longer than everything else.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['shared', 'native', 'long'];
const folder = folders.find((name) => process.argv.includes(`--${name}`));
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]));
const files = walk('test')
  .filter((f) => f.endsWith('.test.ts') && folders.find((name) => f.startsWith(join('test', name))) === folder)
  .filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)))
  .sort();
if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(' ')}.`);
  process.exit(1);
}
const run = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-concurrency=2', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
