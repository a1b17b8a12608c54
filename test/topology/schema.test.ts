import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { allFields, rangeText, topologyJsonSchema } from '../../src/topology/json-schema.js';
import { parseTopology } from '../../src/topology/lint.js';
import { fixture } from './fixture.js';

const schema = topologyJsonSchema();
const fields = [...allFields(schema)].map(({ path, field, required }) => ({ name: path.join('.'), field, required }));
/** The JSON Schema read back by a generic reader: says what an editor would. */
const generic = z.fromJSONSchema(schema as unknown as Parameters<typeof z.fromJSONSchema>[0]);

test('every key has a description, and every value a range and a default or is required', () => {
  assert.ok(fields.length > 50);
  for (const { name, field, required } of fields) {
    assert.ok((field.description ?? '').length > 10 || field.properties !== undefined, `${name} has no description`);
    if (field.properties !== undefined || field.items !== undefined) continue;
    assert.ok(required !== (field.default !== undefined), `${name} must be required or have a default`);
    assert.notEqual(rangeText(field), field.type, `${name} has no range`);
  }
});

test('every number has a unit and both ends of its range, and its default lies between', () => {
  const numbers = fields.filter(({ field }) => field.type === 'number' || field.type === 'integer');
  assert.ok(numbers.length > 30);
  for (const { name, field } of numbers) {
    assert.ok(field['x-unit'], `${name} has no unit`);
    assert.ok(field.minimum !== undefined && field.maximum !== undefined && typeof field.default === 'number', name);
    assert.ok(field.minimum <= field.default && field.default <= field.maximum, name);
  }
});

test('defaults and examples agree with the field that they belong to', () => {
  for (const { name, field } of fields) {
    const values = [...(field.default === undefined ? [] : [field.default]), ...(field.examples ?? [])];
    for (const value of values) {
      // A generic reader takes the default itself when it is given nothing, so it must be asked about the value.
      const read = z.fromJSONSchema(field as unknown as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
      assert.ok(read.success, `${name}: ${JSON.stringify(value)}`);
    }
  }
});

test('the JSON Schema accepts what lint accepts and refuses what the schema refuses', () => {
  for (const name of ['minimal.yaml', 'kitchen-sink.yaml', 'future-minor.yaml', '../../../topology.yaml']) assert.ok(generic.safeParse(parse(fixture(name))).success, name);
  for (const name of ['six-mistakes.yaml', 'unknown-major.yaml', 'empty.yaml']) assert.ok(!generic.safeParse(parse(fixture(name))).success, name);
});

test('a value beyond either end of any range is refused, and the ends are not', () => {
  for (const { path, field } of allFields(schema)) {
    if (field.minimum === undefined || field.maximum === undefined) continue;
    const problemsAt = (value: number): string[] => {
      const data = parse(fixture('kitchen-sink.yaml')) as Record<string, unknown>;
      let group: unknown = data;
      for (const part of path.slice(0, -1)) group = Reflect.get(group as object, part);
      Reflect.set(group as object, path.at(-1)!, value);
      return parseTopology(JSON.stringify(data), 'file.yaml', {}).problems.map(({ code }) => code);
    };
    const name = path.join('.');
    assert.ok(problemsAt(field.maximum + 1).includes('out-of-range'), name);
    assert.ok(problemsAt(field.minimum - 1).includes('out-of-range'), name);
    assert.ok(!problemsAt(field.maximum).includes('out-of-range'), name);
    assert.ok(!problemsAt(field.minimum).includes('out-of-range'), name);
  }
});
