/** `npm run test:soak`: ten minutes of a feed three times as fast as the job (--seconds N for another length). */
import { parseArgs } from 'node:util';
import { startBroker } from '../broker/broker.js';
import { backPressure } from './back-pressure.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' } } });
const wanted = Number(values.seconds);
if (!(wanted > 0)) throw new Error('--seconds takes a number above 0');
const broker = await startBroker({ own: true });
try {
  let told = 0;
  const enough = ({ seconds, committed, backlogBytes }: { readonly seconds: number; readonly committed: number; readonly backlogBytes: number }): boolean => {
    if (seconds >= told + 30) {
      told = seconds;
      console.log(`${Math.round(seconds)} s: ${committed} segments judged, ${Math.round(backlogBytes / 1e6)} MB waiting`);
    }
    return seconds >= wanted;
  };
  const result = await backPressure(broker, { prefix: 'soak-', padding: 100_000, enough });
  const { early, late, highest } = result.memory;
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  console.log(`published ${result.published}, judged ${result.committed}, waiting ${megabytes(result.backlogBytes)}, highest lag that was reported ${result.reportedLag} records`);
  console.log(`memory: second third ${megabytes(early)}, last third ${megabytes(late)}, highest ${megabytes(highest)}`);
  console.log(`lost: ${result.lost.length} doubled: ${result.doubled.length} memory ratio: ${(late / early).toFixed(2)} (goal at most 1.2)`);
  process.exitCode = result.lost.length + result.doubled.length === 0 && late / early <= 1.2 ? 0 : 1;
} finally {
  await broker.stop();
}
