import assert from 'node:assert/strict';
import { test } from 'node:test';
import hdf5 from 'h5wasm';
import { readCheckpoint } from '../../../src/inference/checkpoints/read.js';

/** An HDF5 file in memory. */
async function written(fill: (file: InstanceType<typeof hdf5.File>) => void): Promise<Uint8Array> {
  const { FS: disk } = await hdf5.ready;
  const file = new hdf5.File('/written.h5', 'w');
  fill(file);
  file.close();
  const bytes = disk.readFile('/written.h5');
  disk.unlink('/written.h5');
  return bytes;
}

test('data sets are read by their path, float64 as float32, and what is no weight is passed over', async () => {
  const bytes = await written((file) => {
    const layer = file.create_group('conv2d_5').create_group('conv2d_5');
    layer.create_dataset({ name: 'kernel:0', data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 2, 3] });
    layer.create_dataset({ name: 'bias:0', data: Float64Array.of(0.5, 0.25, 2), shape: [3], dtype: '<d' });
    file.create_dataset({ name: 'iterations', data: Int32Array.of(7), shape: [1] });
  });
  const { format, tensors } = await readCheckpoint(bytes, 'w.h5');
  assert.equal(format, 'keras-h5');
  assert.deepEqual([...tensors.keys()].sort(), ['conv2d_5/conv2d_5/bias:0', 'conv2d_5/conv2d_5/kernel:0']);
  assert.deepEqual(tensors.get('conv2d_5/conv2d_5/kernel:0'), { dims: [1, 1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6), type: 'float32' });
  assert.deepEqual([...tensors.get('conv2d_5/conv2d_5/bias:0')!.data], [0.5, 0.25, 2]);
});

test('a link to another file, and a data set larger than its file can hold, are refused by name', async () => {
  const linked = await written((file) => file.create_external_link('/etc/passwd', 'x', 'elsewhere'));
  await assert.rejects(readCheckpoint(linked, 'w.h5'), { code: 'FW_MODEL_FORMAT', message: /w\.h5: elsewhere is a ExternalLink and not a data set/ });
  const bomb = await written((file) => file.create_dataset({ name: 'zeros', data: new Float32Array(4e6), shape: [4e6], chunks: [1e6], compression: 9 }));
  assert.ok(bomb.length < 100_000);
  await assert.rejects(readCheckpoint(bomb, 'w.h5'), { code: 'FW_MODEL_FORMAT', message: /zeros is larger than a file of \d+ bytes can hold/ });
});

test('damage gives an error of the catalogue, and the next file is read all the same', async () => {
  const good = await written((file) => file.create_dataset({ name: 'x', data: Float32Array.of(1, 2), shape: [2] }));
  for (const end of [9, 100, good.length >> 1]) await assert.rejects(readCheckpoint(good.subarray(0, end), 'w.h5'), { code: 'FW_MODEL_FORMAT' });
  for (let at = 8; at < good.length; at += 37) {
    const bytes = Uint8Array.from(good);
    bytes[at] = 0xff;
    await readCheckpoint(bytes, 'w.h5').catch((error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'FW_MODEL_FORMAT', String(error));
    });
  }
  assert.equal((await readCheckpoint(good, 'w.h5')).tensors.size, 1);
});
