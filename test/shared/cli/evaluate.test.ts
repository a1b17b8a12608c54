/** evaluate on whole videos of many kinds. What the AUC is, is no matter of this test: nothing is chosen by it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { evaluationRecordSchema } from '../../../src/evaluation/record-schema.js';
import { runCli } from '../../support/cli.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const folder = process.env['FRAMEWITNESS_EVALUATION'] ?? mkdtempSync(join(tmpdir(), 'framewitness-evaluate-shared-'));

test('real and forged clips of many kinds are evaluated, every frame of them accounted for', async () => {
  const json = join(folder, 'evaluation.json');
  const { code, stdout, stderr } = await runCli(['evaluate', join(SHARED, 'data/clips/dev'), '--json', json, '--csv', join(folder, 'scores.csv'), '--report', join(folder, 'page.html'), '--work', join(folder, 'work')], { limitMs: 30 * 60_000 });
  assert.ok(code === 0 || code === 3, `${code}: ${stderr}`);
  assert.match(stdout, /coverage: \d+ of 22 videos/);
  const { video, coverage } = evaluationRecordSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
  assert.deepEqual([coverage.videos.total, coverage.videos.real.total, coverage.videos.fake.total], [22, 14, 8]);
  assert.ok(video.auc !== null && video.auc95 !== null && video.auc95[0] <= video.auc && video.auc <= video.auc95[1]);
  const { present, sampled, notSampled, undecodable, analysed, scored, skipped } = coverage.frames;
  assert.equal(sampled + notSampled + undecodable, present);
  assert.equal(analysed + Object.values(skipped).reduce((sum, count) => sum + count, 0), sampled);
  assert.ok(scored > 0 && scored <= analysed);
});
