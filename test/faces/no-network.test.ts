/** Later releases of tasks-vision send usage data. This one must not: it is run with every way out trapped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs a script with the trap set; returns what the trap wrote down, and how the script ended. */
function trapped(script: string): { lines: string[]; status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'faces-trap-'));
  try {
    const report = join(folder, 'report');
    const file = join(folder, 'script.mjs');
    writeFileSync(report, '');
    writeFileSync(file, script);
    const run = spawnSync(process.execPath, ['--import', 'tsx', file], {
      cwd: here('../../'),
      env: { ...process.env, FACES_TEST_TRAP: report, NODE_OPTIONS: `--require ${here('network-trap.cjs')}` },
      encoding: 'utf8',
    });
    return { lines: readFileSync(report, 'utf8').trim().split('\n'), status: run.status, output: run.stdout + run.stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the trap catches sockets, name look-ups and fetch', () => {
  const { lines } = trapped(`
    for (const attempt of [() => fetch('http://127.0.0.1:9'), async () => (await import('node:net')).connect(9), async () => (await import('node:http')).get('http://127.0.0.1:9')]) {
      try { await attempt(); } catch {}
    }`);
  assert.ok(lines.includes('fetch'));
  assert.ok(lines.filter((line) => line === 'net.Socket.connect').length >= 2, lines.join());
});

test('MediaPipe Tasks starts, looks at a frame and ends without a connection', () => {
  const { lines, status, output } = trapped(`
    import { createTasksVisionDetector } from '${new URL('../../src/faces/tasks-vision-detector.ts', import.meta.url).href}';
    const detector = await createTasksVisionDetector();
    const plane = (size, value) => new Uint8Array(size).fill(value);
    const frame = { ptsMicros: 0, storedWidth: 64, storedHeight: 48, width: 64, height: 48, rotation: 0, matrix: 'bt709', range: 'limited',
      planes: [plane(64 * 48, 90), plane(32 * 24, 128), plane(32 * 24, 128)], strides: [64, 32, 32] };
    console.log('faces', (await detector.detect(frame, 0)).length);
    await detector.close();`);
  assert.equal(status, 0, output);
  assert.match(output, /faces 0/);
  // This process' trap and that of MediaPipe's process (loaders may add threads or processes of their own), and no more.
  assert.ok(lines.length >= 2);
  assert.deepEqual(lines.filter((line) => !line.startsWith('armed')), []);
});
