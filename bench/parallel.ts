/** Two workers against one: time ratio, and the same verdict bytes. `npx tsx bench/parallel.ts [FILE]` */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORK, clip1080p, measure, median, scanArgs } from './support.js';

const input = process.argv[2] ?? clip1080p(180);
const ratios: number[] = [];
for (let round = 0; round < 2; round++) {
  const one = await measure(process.execPath, scanArgs(input, 'one.jsonl', ['--workers', '1']));
  const two = await measure(process.execPath, scanArgs(input, 'two.jsonl', ['--workers', '2']));
  ratios.push(one.seconds / two.seconds);
  console.log(`round ${round + 1}: 1 worker ${one.seconds.toFixed(2)} s, 2 workers ${two.seconds.toFixed(2)} s, ratio ${(one.seconds / two.seconds).toFixed(2)}`);
}
const same = readFileSync(join(WORK, 'one.jsonl')).equals(readFileSync(join(WORK, 'two.jsonl')));
console.log(`median ratio ${median(ratios).toFixed(2)} (goal 1.7); verdict bytes ${same ? 'identical' : 'DIFFERENT'}`);
process.exitCode = same ? 0 : 1;
