import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Checkpoint } from '../../../src/inference/checkpoints/checkpoint.js';
import { readCheckpoint } from '../../../src/inference/checkpoints/read.js';
import { floats, op, pickle, tensor, torchZip } from './pickles.js';

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../../fixtures/checkpoints/${name}`, import.meta.url));
const values = ({ tensors }: Checkpoint, name: string): readonly number[] => [...tensors.get(name)!.data];
const read = (bytes: Uint8Array, entry?: string): Promise<Checkpoint> => readCheckpoint(bytes, 'f.pth', entry === undefined ? {} : { entry });

for (const [name, format, entry, prefix] of [
  ['meso4.zip.pth', 'pytorch-zip', '', ''],
  ['meso4.legacy.pth', 'pytorch-legacy', '', ''],
  ['meso4.nested-dataparallel.zip.pth', 'pytorch-zip', 'model_state_dict', 'module.'],
  ['meso4.nested-half.legacy.pth', 'pytorch-legacy', 'net', ''],
] as const) {
  test(`${name} is read: ${format}, ${entry === '' ? 'the state dict itself' : `under ${entry}`}`, async () => {
    const checkpoint = await readCheckpoint(await fixture(name), name);
    assert.equal(checkpoint.format, format);
    assert.equal(checkpoint.entry, entry);
    assert.equal(checkpoint.tensors.size, 18);
    const weight = checkpoint.tensors.get(`${prefix}conv1.weight`)!;
    assert.deepEqual(weight.dims, [8, 3, 3, 3]);
    const plain = (await readCheckpoint(await fixture('meso4.zip.pth'), 'plain')).tensors.get('conv1.weight')!;
    assert.ok(weight.data.every((x, i) => Math.abs(x - plain.data[i]!) <= 1e-3 * Math.abs(plain.data[i]!) + 1e-7));
    assert.ok(weight.data.some((x) => x !== 0));
  });
}

test('a pickle that would run a command is refused by the name of the command, and nothing runs', async () => {
  await assert.rejects(readCheckpoint(await fixture('evil.zip.pth'), 'evil.zip.pth'), { code: 'FW_CHECKPOINT_UNSAFE', message: /evil\.zip\.pth: its pickle asks for posix\.system/ });
  const marker = `/tmp/framewitness-pickle-${process.pid}`;
  for (const [module, name] of [['os', 'system'], ['builtins', 'eval'], ['builtins', 'getattr'], ['torch', 'load'], ['torch.hub', 'load'], ['numpy', 'frombuffer'], ['__proto__', 'x'], ['constructor', '']] as const) {
    const bytes = torchZip(pickle(op.call(op.global(module, name), op.text(`touch ${marker}`))), {});
    await assert.rejects(read(bytes), { code: 'FW_CHECKPOINT_UNSAFE', message: new RegExp(`asks for ${module}\\.${name}`) });
  }
  assert.ok(!existsSync(marker));
});

test('opcodes that call or refer elsewhere are refused by name', async () => {
  for (const [opcode, name] of [[0x69, 'INST'], [0x6f, 'OBJ'], [0x50, 'PERSID'], [0x82, 'EXT1'], [0x92, 'NEWOBJ_EX'], [0x97, 'NEXT_BUFFER']] as const) {
    await assert.rejects(read(torchZip(pickle([opcode]), {})), { code: 'FW_CHECKPOINT_UNSAFE', message: new RegExp(name) });
  }
});

test('views are made dense: transposed, offset, repeated, of one storage', async () => {
  const six = floats(1, 2, 3, 4, 5, 6);
  const checkpoint = await read(torchZip(pickle(op.dict({
    plain: tensor({ count: 6, shape: [2, 3], strides: [3, 1] }),
    transposed: tensor({ count: 6, shape: [3, 2], strides: [1, 3] }),
    row: tensor({ count: 6, offset: 3, shape: [3], strides: [1] }),
    column: tensor({ count: 6, offset: 1, shape: [2, 1], strides: [3, 9] }),
    repeated: tensor({ count: 6, shape: [2, 2], strides: [0, 1] }),
    scalar: tensor({ count: 6, offset: 5, shape: [], strides: [] }),
  })), { 0: six }));
  assert.deepEqual(values(checkpoint, 'plain'), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(values(checkpoint, 'transposed'), [1, 4, 2, 5, 3, 6]);
  assert.deepEqual(values(checkpoint, 'row'), [4, 5, 6]);
  assert.deepEqual(values(checkpoint, 'column'), [2, 5]);
  assert.deepEqual(values(checkpoint, 'repeated'), [1, 2, 1, 2]);
  assert.deepEqual(values(checkpoint, 'scalar'), [6]);
});

test('every number format becomes float32', async () => {
  const one = (type: string, bytes: ArrayBufferLike, count: number): Promise<readonly number[]> =>
    read(torchZip(pickle(op.dict({ x: tensor({ type, count, shape: [count], strides: [1] }) })), { 0: new Uint8Array(bytes) })).then((checkpoint) => values(checkpoint, 'x'));
  assert.deepEqual(await one('DoubleStorage', Float64Array.of(0.1, -2).buffer, 2), [Math.fround(0.1), -2]);
  assert.deepEqual(await one('HalfStorage', Uint16Array.of(0x3c00, 0xc100).buffer, 2), [1, -2.5]);
  assert.deepEqual(await one('BFloat16Storage', Uint16Array.of(0x3f80, 0xc040).buffer, 2), [1, -3]);
  assert.deepEqual(await one('LongStorage', BigInt64Array.of(7n, -1n).buffer, 2), [7, -1]);
  assert.deepEqual(await one('IntStorage', Int32Array.of(7, -1).buffer, 2), [7, -1]);
  assert.deepEqual(await one('BoolStorage', Uint8Array.of(1, 0).buffer, 2), [1, 0]);
});

test('a state dict is found under the usual names, or under the one that is given, and what there is is listed', async () => {
  const x = tensor({ count: 1, shape: [1], strides: [1] });
  const storages = { 0: floats(3) };
  const nested = torchZip(pickle(op.dict({ epoch: op.int(3), model: op.dict({ state_dict: op.dict({ x }) }), optimizer: op.dict({ y: x }) })), storages);
  assert.equal((await read(nested)).entry, 'model.state_dict');
  assert.deepEqual([...(await read(nested, 'optimizer')).tensors.keys()], ['y']);
  const odd = torchZip(pickle(op.dict({ epoch: op.int(3), teacher: op.dict({ x }) })), storages);
  await assert.rejects(read(odd), { code: 'FW_MODEL_FORMAT', message: /it has epoch, teacher/ });
  assert.equal((await read(odd, 'teacher')).tensors.size, 1);
});

test('files that claim what they do not hold are refused', async () => {
  const x = (count: number, shape: readonly number[], strides: readonly number[], offset = 0): Uint8Array => pickle(op.dict({ x: tensor({ count, shape, strides, offset }) }));
  const refused = (bytes: Uint8Array, message: RegExp): Promise<void> => assert.rejects(read(bytes), { code: 'FW_MODEL_FORMAT', message });
  await refused(torchZip(x(4, [4], [1]), { 0: floats(1) }), /storage 0 has 4 bytes, not 16/);
  await refused(torchZip(x(4, [4], [2]), { 0: floats(1, 2, 3, 4) }), /reaches beyond its storage of 4/);
  await refused(torchZip(x(1, [100_000, 100_000], [0, 0]), { 0: floats(1) }), /10000000000 numbers, which a file of \d+ bytes cannot hold/);
  await refused(torchZip(x(1, [1], [1]), { 0: floats(1) }, { 'x/byteorder': Buffer.from('big') }), /big-endian/);
  await refused(torchZip(x(4096, [4096], [1]), { 0: new Uint8Array(16_384) }, {}, 6), /compressed, which PyTorch never does/);
  await refused(torchZip(x(1, [1], [1]), { 0: floats(1) }, { 'x/code/a.py': Buffer.from('x') }), /TorchScript/);
  await refused(torchZip(pickle([0x28, ...Array.from({ length: 2000 }, () => 0x28)]), {}), /more than 1000 levels/);
  await refused(torchZip(pickle([0x58, 0xff, 0xff, 0xff, 0x7f]), {}), /are left/);
  await refused(torchZip(pickle([0x68, 9]), {}), /recalls what it did not remember/);
  await refused(Buffer.from('hello, I am no checkpoint'), /none of/);
});

test('damage anywhere in a file gives an error of the catalogue or a checkpoint, never anything else', async () => {
  const [zip, legacy] = [await fixture('meso4.zip.pth'), await fixture('meso4.legacy.pth')];
  await fc.assert(fc.asyncProperty(fc.constantFrom(zip, legacy), fc.nat(2500), fc.nat(255), fc.boolean(), async (file, at, byte, cut) => {
    const bytes = Buffer.from(file);
    bytes[at] = byte;
    try {
      await read(cut ? bytes.subarray(0, bytes.length - at - 1) : bytes);
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && (error.code === 'FW_MODEL_FORMAT' || error.code === 'FW_CHECKPOINT_UNSAFE'), String(error));
    }
  }), { numRuns: 300 });
});
