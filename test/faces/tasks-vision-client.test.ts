import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { TasksVisionClient } from '../../src/faces/tasks-vision-client.js';
import { withFaceMetadata } from '../../src/faces/tflite-metadata.js';

const failed = (error: unknown): boolean => error instanceof FramewitnessError && error.code === 'FW_DETECTOR_FAILED';
const bare = readFileSync(createRequire(import.meta.url).resolve('@mediapipe/face_detection/face_detection_full_range.tflite'));
const settings = { minScore: 0.25, suppressionIou: 0.3 };

test('pictures without extent or of another size than they say fail, and the next one does not', async () => {
  const client = await TasksVisionClient.start({ ...settings, network: withFaceMetadata(bare, { name: 'faces', mean: 127.5, std: 127.5 }) });
  try {
    await assert.rejects(client.look(0, new Uint8Array()), failed);
    await assert.rejects(client.look(4, new Uint8Array(3)), failed);
    assert.deepEqual(await client.look(192, new Uint8Array(3 * 192 * 192)), []);
  } finally {
    await client.close();
  }
  await assert.rejects(client.look(192, new Uint8Array(3 * 192 * 192)), failed);
});

test('a network without metadata is a failure at the start that says what MediaPipe said', async () => {
  await assert.rejects(TasksVisionClient.start({ ...settings, network: new Uint8Array(bare) }), (error) => failed(error) && /metadata/i.test((error as Error).message));
});
