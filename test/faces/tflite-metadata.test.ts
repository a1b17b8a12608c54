import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { ByteBuffer } from 'flatbuffers';
import { FramewitnessError } from '../../src/domain/errors.js';
import { withFaceMetadata } from '../../src/faces/tflite-metadata.js';
import { readTflite } from '../../src/inference/tflite.js';

const bare = readFileSync(createRequire(import.meta.url).resolve('@mediapipe/face_detection/face_detection_full_range.tflite'));
const METADATA = { name: 'a face network', mean: 127.5, std: 127.5 };

test('the network is the same with metadata as without', () => {
  const before = readTflite(bare, 'bare');
  const after = readTflite(withFaceMetadata(bare, METADATA), 'with metadata');
  assert.deepEqual(after.inputs, before.inputs);
  assert.deepEqual(after.outputs, before.outputs);
  assert.equal(after.tensors.length, before.tensors.length);
  after.tensors.forEach((tensor, index) => { assert.deepEqual(tensor, before.tensors[index]); });
  assert.deepEqual(after.operators.map(({ name, inputs, outputs }) => ({ name, inputs, outputs })), before.operators.map(({ name, inputs, outputs }) => ({ name, inputs, outputs })));
});

test('the old bytes stay as they are and keep the alignment of their tensors', () => {
  const after = withFaceMetadata(bare, METADATA);
  const added = after.length - Math.ceil(bare.length / 16) * 16;
  assert.equal(added % 16, 0);
  assert.ok(Buffer.from(after.buffer, after.byteOffset + added, bare.length).equals(bare));
});

test('the block is found by name and says how pixels are scaled', () => {
  const after = withFaceMetadata(bare, METADATA);
  const file = new ByteBuffer(after);
  const field = (buffer: ByteBuffer, table: number, number: number): number => {
    const offset = buffer.__offset(table, 4 + 2 * number);
    assert.notEqual(offset, 0, `field ${number}`);
    return table + offset;
  };
  const child = (buffer: ByteBuffer, table: number, number: number): number => buffer.__indirect(field(buffer, table, number));
  const element = (buffer: ByteBuffer, table: number, number: number, index: number): number => buffer.__indirect(buffer.__vector(field(buffer, table, number)) + 4 * index);
  const root = file.readInt32(0);
  const entry = element(file, root, 6, 0);
  assert.equal(file.__string(field(file, entry, 0)), 'TFLITE_METADATA');
  const holder = element(file, root, 4, file.readInt32(field(file, entry, 1)));
  const start = file.__vector(field(file, holder, 0));
  const block = new ByteBuffer(after.slice(start, start + file.__vector_len(field(file, holder, 0))));
  assert.ok(block.__has_identifier('M001'));
  const metadata = block.readInt32(0);
  assert.equal(block.__string(field(block, metadata, 0)), METADATA.name);
  const subgraph = element(block, metadata, 3, 0);
  const image = element(block, subgraph, 2, 0);
  assert.equal(block.readInt8(field(block, child(block, image, 3), 0)), 2); // image properties
  const unit = element(block, image, 4, 0);
  const options = child(block, unit, 1);
  assert.equal(block.readFloat32(block.__vector(field(block, options, 0))), 127.5);
  assert.equal(block.readFloat32(block.__vector(field(block, options, 1))), 127.5);
  assert.equal(block.__vector_len(field(block, subgraph, 3)), 2);
});

test('what is no network, or has metadata already, is refused', () => {
  const refused = (bytes: Uint8Array): void => {
    assert.throws(() => withFaceMetadata(bytes, METADATA), (error) => error instanceof FramewitnessError && error.code === 'FW_MODEL_FORMAT');
  };
  refused(new Uint8Array());
  refused(new TextEncoder().encode('this is a letter, not a network'));
  refused(withFaceMetadata(bare, METADATA));
});
