// Runs the test files under node's own test runner. Arguments: file name fragments to choose by, and --shared for the
// tests in test/shared, which need the data folder beside the checkout (or FRAMEWITNESS_SHARED).
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const shared = process.argv.includes('--shared');
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const walk = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]));
const files = walk('test')
  .filter((f) => f.endsWith('.test.ts') && f.startsWith(join('test', 'shared')) === shared)
  .filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)))
  .sort();
if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(' ')}.`);
  process.exit(1);
}
const run = spawnSync(process.execPath, ['--import', 'tsx', '--test', '--test-concurrency=2', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
