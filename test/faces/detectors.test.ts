/** The two detectors on the project's own clip: 0 to 20 s a portrait, 20 to 24 s no face. */
import assert from 'node:assert/strict';
import { ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FramewitnessError } from '../../src/domain/errors.js';
import { createBlazeFaceDetector } from '../../src/faces/blazeface-detector.js';
import { intersectionOverUnion } from '../../src/faces/box.js';
import { createTasksVisionDetector } from '../../src/faces/tasks-vision-detector.js';
import { framesOf, keep, storeRotated } from './frames.js';
import type { IdentifiedFaceDetector } from '../../src/faces/blazeface-detector.js';
import type { DetectedFace } from '../../src/domain/faces.js';
import type { DecodedFrame } from '../../src/domain/media.js';

const SAMPLE = fileURLToPath(new URL('../../examples/sample/sample.mp4', import.meta.url));
const failed = (error: unknown): boolean => error instanceof FramewitnessError && error.code === 'FW_DETECTOR_FAILED';

let withFace: DecodedFrame[];
let withoutFace: DecodedFrame[];
let detectors: IdentifiedFaceDetector[];
before(async () => {
  const frames: DecodedFrame[] = [];
  for await (const { frame } of framesOf(SAMPLE, 0.25)) frames.push(keep(frame));
  withFace = frames.filter((frame) => frame.ptsMicros < 19_500_000);
  withoutFace = frames.filter((frame) => frame.ptsMicros >= 20_000_000);
  assert.deepEqual([withFace.length, withoutFace.length], [5, 1]);
  detectors = [await createBlazeFaceDetector(), await createTasksVisionDetector()];
});
after(async () => {
  await Promise.all(detectors.map((detector) => detector.close()));
  for (const detector of detectors) {
    await assert.rejects(detector.detect(withFace[0]!, 1), failed); // closed is closed
    await detector.close(); // twice does no harm
  }
  assert.deepEqual(processesOfMediaPipe(), []);
});

['BlazeFace in ONNX Runtime', 'MediaPipe Tasks'].forEach((kind, index) => {
  const detect = (frame: DecodedFrame): Promise<readonly DetectedFace[]> => detectors[index]!.detect(frame, 1);

  test(`${kind} finds the one face of a portrait, with its features in place`, async () => {
    for (const frame of withFace) {
      const faces = await detect(frame);
      assert.equal(faces.length, 1, `${frame.ptsMicros} µs`);
      const [face] = faces;
      assert.ok(face && face.confidence > 0.6 && face.keypoints.length === 6);
      const [rightEye, leftEye, nose, mouth] = face.keypoints;
      assert.ok(rightEye!.x < leftEye!.x && nose!.y > rightEye!.y && mouth!.y > nose!.y);
      assert.ok(face.box.x < rightEye!.x && leftEye!.x < face.box.x + face.box.width && face.box.y < rightEye!.y && mouth!.y < face.box.y + face.box.height);
    }
  });

  test(`${kind} finds none where there is none`, async () => {
    for (const frame of withoutFace) assert.deepEqual(await detect(frame), []);
  });

  test(`${kind} gives upright coordinates for frames that are stored lying down`, async () => {
    const frame = withFace[0]!;
    const [upright] = await detect(frame);
    for (const rotation of [90, 180, 270] as const) {
      const [face] = await detect(storeRotated(frame, rotation));
      assert.ok(upright && face && intersectionOverUnion(face.box, upright.box) > 0.98, `${rotation}°`);
    }
  });

  test(`${kind} refuses a frame without extent, and works on`, async () => {
    await assert.rejects(detect({ ...withFace[0]!, width: 0, height: 0 }), failed);
    assert.equal((await detect(withFace[0]!)).length, 1);
  });

  test(`${kind} gives the same whatever was looked at before, or is at the same time`, async () => {
    const alone = await detect(withFace[3]!);
    const together = await Promise.all([withFace[0]!, withFace[3]!, withoutFace[0]!, withFace[3]!].map(detect));
    assert.deepEqual(together[1], alone);
    assert.deepEqual(together[3], alone);
  });
});

test('both detectors see the same faces with the same network', async () => {
  const [onnx, tasks] = detectors;
  assert.match(onnx!.identity.digest, /^sha256:[0-9a-f]{64}$/);
  assert.equal(onnx!.identity.digest, tasks!.identity.digest);
  for (const frame of withFace) {
    const [[a], [b]] = [await onnx!.detect(frame, 1), await tasks!.detect(frame, 1)];
    assert.ok(a && b);
    assert.ok(intersectionOverUnion(a.box, b.box) > 0.9, `${frame.ptsMicros} µs`);
    assert.ok(Math.abs(a.confidence - b.confidence) < 0.02);
    a.keypoints.forEach((point, k) => { assert.ok(Math.hypot(point.x - b.keypoints[k]!.x, point.y - b.keypoints[k]!.y) < a.box.width * 0.03); });
  }
});

test('when the process of MediaPipe dies, the frame fails and the next one does not', async () => {
  const [child, ...others] = processesOfMediaPipe();
  assert.ok(child && others.length === 0);
  const pending = detectors[1]!.detect(withFace[0]!, 1);
  child.kill('SIGKILL');
  await assert.rejects(pending, failed);
  assert.equal((await detectors[1]!.detect(withFace[0]!, 1)).length, 1);
});

function processesOfMediaPipe(): ChildProcess[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return handles.filter((handle): handle is ChildProcess => handle instanceof ChildProcess && handle.exitCode === null && handle.signalCode === null && handle.spawnargs.some((arg) => arg.includes('tasks-vision-process')));
}
