import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tableItems } from '../../../src/training/prepare/table.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-table-'));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('rows become items, with labels, splits and boxes as the columns say', async () => {
  const file = write('faces.csv', '\uFEFFfile,kind,who,part,x,y,w,h,how\na.jpg,real,"Ann, A.",train,-1.5,2,30,40,\n"b.mp4",fake,bo,Validation,0,0,10,10,Swap\nc.jpg,fake,cy,test,1,1,5,5,Swap\n');
  const { items, leftOut } = await tableItems({ file, folder, dataset: 'set', columns: { path: 'file', label: 'kind', identity: 'who', split: 'part', box: ['x', 'y', 'w', 'h'], method: 'how' } });
  assert.equal(leftOut, 0);
  assert.deepEqual(items[0], { path: 'a.jpg', kind: 'image', label: 'real', dataset: 'set', split: 'train', identities: ['Ann, A.'], box: [-1.5, 2, 30, 40] });
  assert.deepEqual(items[1], { path: 'b.mp4', kind: 'video', label: 'fake', dataset: 'set', method: 'Swap', split: 'val', identities: ['bo'], box: [0, 0, 10, 10] });
  const some = await tableItems({ file, folder, dataset: 'set', columns: { path: 'file', label: 'real' }, where: [{ column: 'part', value: 'train' }] });
  assert.deepEqual([some.items.length, some.items[0]?.label, some.leftOut], [1, 'real', 2]);
});

test('numbers mean real or fake only when somebody says which', async () => {
  const file = write('numbers.csv', 'file;y\na.jpg;0\nb.jpg;1\n');
  const columns = { path: 'file', label: 'y' };
  await assert.rejects(tableItems({ file, folder, dataset: 'set', columns }), { code: 'FW_TABLE_INVALID', message: /numbers\.csv:2: y is "0".*\n.*:3: y is "1"/ });
  const { items } = await tableItems({ file, folder, dataset: 'set', columns: { ...columns, realValues: ['1'], fakeValues: ['0'] } });
  assert.deepEqual(items.map(({ label }) => label), ['fake', 'real']);
});

test('missing columns and every wrong row are told', async () => {
  const file = write('wrong.csv', 'file,label,split,w\na.jpg,real,train,1\na.jpg,real,dev,1\nb.txt,real,train,0\n');
  await assert.rejects(tableItems({ file, folder, dataset: 'set', columns: { path: 'name', label: 'label' } }), { code: 'FW_TABLE_INVALID', message: /no column name; there are file, label, split, w/ });
  await assert.rejects(tableItems({ file, folder, dataset: 'set', columns: { path: 'file', label: 'label', split: 'split', box: ['w', 'w', 'w', 'w'] } }), (error: Error) => {
    for (const part of [/:3: a\.jpg stands in line 2 already/, /:3: split is "dev"/, /:4: b\.txt is neither/, /:4: w, w, w, w are no box: 0, 0, 0, 0/]) assert.match(error.message, part);
    return true;
  });
});
