import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gone, runs } from './processes.js';

test('children die with a parent that is killed, the one that hangs in its job too', { timeout: 60_000 }, async (t) => {
  const parent = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./children/parent.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const children = JSON.parse(line) as number[];
  t.after(() => {
    for (const pid of children.filter(runs)) process.kill(pid, 'SIGKILL');
  });
  assert.equal(children.length, 2);
  assert.ok(children.every(runs), 'the children run as long as their parent does');
  parent.kill('SIGKILL');
  await Promise.all(children.map(gone));
});
