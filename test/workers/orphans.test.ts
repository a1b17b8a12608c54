import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gone, runs } from './processes.js';

test('children die with a parent that is killed, the one that hangs in its job too', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-orphans-'));
  const parent = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./children/parent.ts', import.meta.url)), join(folder, 'log')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let children: number[] = [];
  t.after(() => {
    parent.kill('SIGKILL');
    for (const pid of children.filter(runs)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  children = JSON.parse(line) as number[];
  assert.equal(new Set(children).size, 2);
  assert.ok(children.every(runs), 'the children run as long as their parent does');
  parent.kill('SIGKILL');
  await Promise.all(children.map(gone));
});
