import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { createPool } from '../../src/workers/pool.js';
import type { Pool, PoolOptions } from '../../src/workers/pool.js';
import { ProcessEnd } from '../../src/workers/pool-process.js';
import type { Initial, Job, Result } from './children/jobs.js';
import { gone } from './processes.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-pool-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(t: TestContext, options: Partial<PoolOptions> & { readonly start?: Partial<Initial> } = {}): Pool<Job, Result> {
  const { start = {}, ...rest } = options;
  const pool = createPool<Job, Result>({
    entry: new URL('./children/jobs.ts', import.meta.url),
    size: 1,
    initial: { greeting: 'Good day', ...start } satisfies Initial,
    jobTimeoutMillis: 60_000,
    ...rest,
  });
  t.after(() => pool.close());
  return pool;
}

/** Asserts the code and returns the error. */
async function failure(promise: Promise<unknown>, code: string): Promise<FramewitnessError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) assert.fail(`expected ${code}, but the job gave ${String(outcome.value)}`);
  assert.ok(outcome.error instanceof FramewitnessError, String(outcome.error));
  assert.equal(outcome.error.code, code, outcome.error.message);
  return outcome.error;
}

test('jobs run in other processes, which got the initial value, and the counters count them', async (t) => {
  const pool = open(t, { size: 2 });
  assert.deepEqual(await Promise.all(['Ada', 'Bob', 'Cleo'].map((name) => pool.run({ kind: 'greet', name }))), ['Good day, Ada', 'Good day, Bob', 'Good day, Cleo']);
  assert.notEqual(await pool.run({ kind: 'pid' }), process.pid);
  const { children, ...counts } = pool.metrics();
  assert.deepEqual(counts, { done: 4, failed: 0, crashes: 0, timeouts: 0, queued: 0, running: 0 });
  assert.ok(children === 1 || children === 2);
  assert.equal(pool.size, 2);
});

test('five megabytes go there and back unchanged', async (t) => {
  const pool = open(t);
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  const inverted = await pool.run({ kind: 'invert', bytes });
  assert.ok(inverted instanceof Uint8Array);
  assert.equal(inverted.byteLength, bytes.byteLength);
  assert.ok(inverted.every((byte, i) => byte === 255 - (bytes[i] ?? -1)));
});

test('a small part of a large result does not keep the whole message in memory', async (t) => {
  const pool = open(t);
  const crops = await pool.run({ kind: 'crops', count: 100, bytes: 10_000 });
  assert.ok(Array.isArray(crops));
  (crops as Uint8Array[]).forEach((crop, i) => {
    assert.equal(crop.buffer.byteLength, 10_000);
    assert.ok(crop.every((byte) => byte === i));
  });
});

test('jobs of higher priority go first, and those of one priority in the order they came', async (t) => {
  const log = join(folder, 'priorities');
  const pool = open(t, { start: { log } });
  const jobs = [pool.run({ kind: 'sleep', millis: 0, name: 'first' })];
  for (const [name, priority] of [['a', 0], ['b', 0], ['urgent-1', 5], ['late', -1], ['urgent-2', 5], ['c', 0]] as const) {
    jobs.push(pool.run({ kind: 'sleep', millis: 0, name }, { priority }));
  }
  await Promise.all(jobs);
  assert.deepEqual(readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split(' ')[0]), ['urgent-1', 'urgent-2', 'first', 'a', 'b', 'c', 'late']);
});

test('an error of the job crosses with its code and location, others as FW_INTERNAL, and the child goes on', async (t) => {
  const pool = open(t);
  const pid = await pool.run({ kind: 'pid' });
  const error = await failure(pool.run({ kind: 'throw', family: true }), 'FW_SEGMENT_DAMAGED');
  assert.equal(error.message, 'three frames are gone');
  assert.deepEqual(error.location, { sequence: 7 });
  assert.match((await failure(pool.run({ kind: 'throw', family: false }), 'FW_INTERNAL')).message, /not of the family/);
  assert.equal(await pool.run({ kind: 'pid' }), pid);
  assert.deepEqual({ failed: pool.metrics().failed, crashes: pool.metrics().crashes }, { failed: 2, crashes: 0 });
});

test('a result or a job that cannot be copied is an error of its own and costs no child', async (t) => {
  const pool = open(t);
  const pid = await pool.run({ kind: 'pid' });
  await failure(pool.run({ kind: 'unserialisable' }), 'FW_INTERNAL');
  await failure(pool.run({ kind: 'greet', name: (() => 'x') as unknown as string }), 'FW_INTERNAL');
  assert.equal(await pool.run({ kind: 'pid' }), pid);
});

for (const [kind, signal, exitCode] of [['abort', 'SIGABRT', null], ['segfault', 'SIGSEGV', null], ['exit', null, 9]] as const) {
  test(`a job that ends its process (${kind}) twice is rejected, and its neighbours get their results`, async (t) => {
    const pool = open(t);
    const location = { stream: 's', sequence: 3 };
    const poison = failure(pool.run({ kind }, { location }), 'FW_DECODER_CRASHED');
    assert.equal(await pool.run({ kind: 'greet', name: 'next' }), 'Good day, next');
    const error = await poison;
    assert.deepEqual(error.location, location);
    assert.match(error.message, /2 attempts/);
    assert.ok(error.cause instanceof ProcessEnd);
    assert.deepEqual({ signal: error.cause.signal, exitCode: error.cause.exitCode }, { signal, exitCode });
    assert.equal(pool.metrics().crashes, 2);
  });
}

test('a job that uses up its process memory is a crash', async (t) => {
  const pool = open(t, { execArgv: [...process.execArgv, '--max-old-space-size=64'], maxAttempts: 1 });
  const error = await failure(pool.run({ kind: 'out-of-memory' }), 'FW_DECODER_CRASHED');
  assert.match((error.cause as ProcessEnd).output, /heap/i);
  assert.equal(await pool.run({ kind: 'greet', name: 'next' }), 'Good day, next');
});

test('the end of what a crashing process said is kept with the error, fit for a terminal', async (t) => {
  const pool = open(t, { maxAttempts: 1 });
  const { cause, message } = await failure(pool.run({ kind: 'babble-and-crash' }), 'FW_DECODER_CRASHED');
  assert.ok(cause instanceof ProcessEnd);
  assert.ok(cause.output.length <= 4096);
  assert.match(cause.output, /panic: frame 12/);
  assert.doesNotMatch(message, /panic/, 'the message goes into verdicts and must not carry noise');
});

test('a job that hangs is killed after its time, twice, then rejected; the others go on', async (t) => {
  const pool = open(t, { size: 2, jobTimeoutMillis: 400 });
  const hanging = failure(pool.run({ kind: 'hang' }, { location: { sequence: 1 } }), 'FW_DECODER_TIMEOUT');
  const others = Promise.all([1, 2, 3].map((i) => pool.run({ kind: 'greet', name: String(i) }, { timeoutMillis: 60_000 })));
  assert.deepEqual(await others, ['Good day, 1', 'Good day, 2', 'Good day, 3']);
  const error = await hanging;
  assert.deepEqual(error.location, { sequence: 1 });
  assert.match(error.message, /0\.4 s/);
  assert.equal(pool.metrics().timeouts, 2);
});

test('a job whose first attempt crashes or hangs succeeds on a fresh child', async (t) => {
  const pool = open(t);
  const before = await pool.run({ kind: 'pid' });
  const afterCrash = await pool.run({ kind: 'crash-once', mark: join(folder, 'crash'), attempts: 1 });
  const afterHang = await pool.run({ kind: 'hang-once', mark: join(folder, 'hang'), attempts: 1 }, { timeoutMillis: 2000 });
  assert.equal(new Set([before, afterCrash, afterHang]).size, 3);
  assert.deepEqual({ ...pool.metrics(), children: 1 }, { done: 3, failed: 0, crashes: 1, timeouts: 1, queued: 0, running: 0, children: 1 });
});

test('the codes of crash and time-out are the caller\'s to choose', async (t) => {
  const pool = open(t, { maxAttempts: 1, crashCode: 'FW_MODEL_FAILED', timeoutCode: 'FW_DETECTOR_FAILED', jobTimeoutMillis: 400 });
  await failure(pool.run({ kind: 'abort' }), 'FW_MODEL_FAILED');
  await failure(pool.run({ kind: 'hang' }), 'FW_DETECTOR_FAILED');
});

test('a killed child takes along the programs that it started', async (t) => {
  const pool = open(t, { maxAttempts: 1, jobTimeoutMillis: 2000 });
  const pidFile = join(folder, 'program');
  await failure(pool.run({ kind: 'start-program-and-hang', pidFile }), 'FW_DECODER_TIMEOUT');
  await gone(Number(readFileSync(pidFile, 'utf8')));
});

test('an idle child that dies is replaced and costs no job', async (t) => {
  const pool = open(t);
  const pid = Number(await pool.run({ kind: 'pid' }));
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  while (pool.metrics().children > 0) await new Promise(setImmediate);
  assert.notEqual(await pool.run({ kind: 'pid' }), pid);
  assert.equal(pool.metrics().crashes, 0);
});

test('a start that throws rejects everything with its error, now and later, and starts no more children', async (t) => {
  const pool = open(t, { size: 2, start: { failStart: 'throws' } });
  const jobs = [1, 2, 3].map((i) => failure(pool.run({ kind: 'greet', name: String(i) }), 'FW_MODEL_WEIGHTS'));
  for (const job of jobs) assert.deepEqual((await job).location, { input: 'm' });
  await failure(pool.run({ kind: 'pid' }), 'FW_MODEL_WEIGHTS');
  await failure(pool.start(), 'FW_MODEL_WEIGHTS');
  await pool.close();
  assert.equal(pool.metrics().children, 0);
});

test('a start that ends the process, hangs, or has no entry file is an error with what the process said', async (t) => {
  const exits = await failure(open(t, { start: { failStart: 'exits' } }).start(), 'FW_INTERNAL');
  assert.match(exits.message, /exit code 3/);
  assert.match((exits.cause as ProcessEnd).output, /libgone/);
  await failure(open(t, { start: { failStart: 'hangs' }, startTimeoutMillis: 1500, startCode: 'FW_MODEL_FAILED' }).start(), 'FW_MODEL_FAILED');
  await failure(open(t, { entry: join(folder, 'no-such-entry.js'), execArgv: [] }).start(), 'FW_INTERNAL');
});

test('close lets running jobs finish, refuses what waits and what comes, and ends the children', async (t) => {
  const pool = open(t);
  const pid = Number(await pool.run({ kind: 'pid' }));
  const running = pool.run({ kind: 'sleep', millis: 300 });
  const waiting = failure(pool.run({ kind: 'pid' }), 'FW_INTERRUPTED');
  const closing = pool.close();
  await failure(pool.run({ kind: 'pid' }), 'FW_INTERRUPTED');
  await closing;
  assert.equal(await running, 'slept');
  await waiting;
  assert.equal(pool.metrics().children, 0);
  await gone(pid);
  await pool.close();
});

test('close kills what does not finish within the grace', async (t) => {
  const pool = open(t, { closeGraceMillis: 200 });
  const pid = Number(await pool.run({ kind: 'pid' }));
  const running = failure(pool.run({ kind: 'hang' }), 'FW_INTERRUPTED');
  await pool.close();
  await running;
  await gone(pid);
});

test('close while a child is starting ends it', async (t) => {
  const pool = open(t);
  const job = failure(pool.run({ kind: 'pid' }), 'FW_INTERRUPTED');
  await pool.close();
  await job;
  assert.equal(pool.metrics().children, 0);
});

test('an error in closing a child is thrown by close', async () => {
  const pool = createPool<Job, Result>({
    entry: new URL('./children/jobs.ts', import.meta.url),
    size: 1,
    initial: { greeting: '', failClose: true } satisfies Initial,
    jobTimeoutMillis: 60_000,
  });
  await pool.start();
  assert.match((await failure(pool.close(), 'FW_INTERNAL')).message, /could not let go/);
});

test('more waiting jobs than the bound are refused', async (t) => {
  const pool = open(t, { maxQueuedJobs: 2 });
  const accepted = [pool.run({ kind: 'greet', name: 'a' }), pool.run({ kind: 'greet', name: 'b' })];
  await failure(pool.run({ kind: 'greet', name: 'c' }), 'FW_INTERNAL');
  assert.deepEqual(await Promise.all(accepted), ['Good day, a', 'Good day, b']);
});

test('a child does not mind the interrupt signal', async (t) => {
  const pool = open(t);
  const pid = Number(await pool.run({ kind: 'pid' }));
  const job = pool.run({ kind: 'sleep', millis: 200 });
  process.kill(pid, 'SIGINT');
  await job;
  assert.equal(await pool.run({ kind: 'pid' }), pid);
});

test('senseless options are refused by name', () => {
  const options: PoolOptions = { entry: 'x.js', size: 1, initial: undefined, jobTimeoutMillis: 1000 };
  assert.throws(() => createPool({ ...options, size: 0 }), /size/);
  assert.throws(() => createPool({ ...options, jobTimeoutMillis: Number.NaN }), /jobTimeoutMillis/);
});
