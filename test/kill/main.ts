/** `npm run test:kill -- --kills N --seed S`: the kill drill on the real job, as long as wanted. The last line says what came of it. */
import { parseArgs } from 'node:util';
import { jobDrill, summary } from './job-drill.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } } });
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) throw new Error('--kills takes a whole number, 1 or more, and --seed a whole number');
const result = await jobDrill(kills, seed, (line) => console.log(line));
for (const kind of ['lost', 'doubled', 'differing'] as const) if (result[kind].length > 0) console.log(`${kind}: ${result[kind].join(', ')}`);
console.log(`broker restarts: ${result.brokerRestarts}, segments: ${result.segments}, seed: ${seed}`);
console.log(summary(result));
process.exitCode = result.lost.length + result.doubled.length + result.differing.length === 0 ? 0 : 1;
