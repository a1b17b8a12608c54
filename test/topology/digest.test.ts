import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { topologyDigest } from '../../src/topology/digest.js';
import { allFields, topologyJsonSchema } from '../../src/topology/json-schema.js';
import { parseTopology } from '../../src/topology/lint.js';
import type { Topology } from '../../src/topology/schema.js';
import { changed, fixture } from './fixture.js';

function digest(text: string): string {
  const { topology, problems } = parseTopology(text, 'file.yaml', {});
  assert.ok(topology !== undefined, JSON.stringify(problems));
  return topologyDigest(topology);
}

/** The same data with the keys of every group in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reversed(inner)]));
}

const KITCHEN_SINK = fixture('kitchen-sink.yaml');

test('the digest is sha256 in hex, and the same each time', () => {
  assert.match(digest(KITCHEN_SINK), /^sha256:[0-9a-f]{64}$/);
  assert.equal(digest(KITCHEN_SINK), digest(KITCHEN_SINK));
});

test('order of keys, comments and style make no difference', () => {
  const other = stringify(reversed(parse(KITCHEN_SINK)), { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });
  assert.notEqual(other, KITCHEN_SINK);
  assert.equal(digest(`# a comment\n${other}`), digest(KITCHEN_SINK));
});

test('defaults make no difference, written out or not', () => {
  const minimal = fixture('minimal.yaml');
  assert.equal(digest(`${minimal}  sample: {framesPerSecond: 8}\nlimits: {maxPixels: 36000000}\n`), digest(minimal));
});

test('what no finding depends on makes no difference', () => {
  for (const [from, to] of [
    ['name: kitchen sink', 'name: other'],
    ['count: 3', 'count: auto'],
    ['maxBufferedSegments: 4', 'maxBufferedSegments: 5'],
    ['maxItems: 8', 'maxItems: 1'],
    ['maxDelayMillis: 5', 'maxDelayMillis: 0'],
    ['cropsPerTrack: 2', 'cropsPerTrack: 0'],
  ] as const) {
    assert.equal(digest(changed(KITCHEN_SINK, from, to)), digest(KITCHEN_SINK), from);
  }
});

test('every other setting changes the digest', () => {
  const settings = (value: object): Map<string, string> => new Map([...flatten(value)]);
  const { topology } = parseTopology(KITCHEN_SINK, 'file.yaml', {});
  assert.ok(topology !== undefined);
  const outside = /^(?:name$|workers\.|signing\.|stages\.score\.batch\.|stages\.verdict\.evidence\.|stages\.alert\.|transport\.|telemetry\.)/;
  const base = topologyDigest(topology);
  let covered = 0;
  for (const path of settings(topology).keys()) {
    const other = JSON.parse(JSON.stringify(topology)) as Topology;
    disturb(other, path.split('.'));
    assert.equal(topologyDigest(other) === base, outside.test(path), path);
    if (!outside.test(path)) covered += 1;
  }
  assert.ok(covered > 35, `only ${covered} settings`);
});

test('the kitchen sink has every key of the format', () => {
  const data: unknown = parse(KITCHEN_SINK);
  for (const { path } of allFields(topologyJsonSchema())) {
    let inner: unknown = data;
    for (const part of path) inner = (inner as Record<string | number, unknown> | undefined)?.[part];
    assert.notEqual(inner, undefined, path.join('.'));
  }
});

function* flatten(value: unknown, path = ''): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null) yield [path, JSON.stringify(value)];
  else for (const [key, inner] of Object.entries(value)) yield* flatten(inner, path === '' ? key : `${path}.${key}`);
}

function disturb(group: unknown, [key, ...rest]: readonly string[]): void {
  if (typeof group !== 'object' || group === null || key === undefined) return;
  if (rest.length === 0) Reflect.set(group, key, 'disturbed');
  else disturb(Reflect.get(group, key), rest);
}
