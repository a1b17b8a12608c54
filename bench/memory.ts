/** Resident memory of a long input (default: one hour) against a two-minute one. `npx tsx bench/memory.ts [SECONDS]` */
import { longClip, measure, scanArgs } from './support.js';

const seconds = Number(process.argv[2] ?? 3600);
const short = await measure(process.execPath, scanArgs(longClip(120), 'short.jsonl'));
console.log(`2 min: peak ${(short.peakBytes / 1e6).toFixed(0)} MB, ${short.seconds.toFixed(0)} s`);
const long = await measure(process.execPath, scanArgs(longClip(seconds), 'long.jsonl'));
console.log(`${seconds / 60} min: peak ${(long.peakBytes / 1e6).toFixed(0)} MB, ${long.seconds.toFixed(0)} s`);
console.log(`ratio ${(long.peakBytes / short.peakBytes).toFixed(2)} (goal: at most 1.2)`);
