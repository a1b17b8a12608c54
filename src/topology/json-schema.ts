/** The topology's JSON Schema: shipped for editors, and walked by lint and reference page. */
import { z } from 'zod';
import type { Path } from './document.js';
import { topologySchema } from './schema.js';

/** The part of JSON Schema that the topology's schema uses. `x-unit` and `x-range` are ours. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly 'x-unit'?: string;
  readonly 'x-range'?: string;
}

/** JSON Schema (2020-12) of a topology as it is written, after the environment is put in. Rules between fields are not in it. */
export function topologyJsonSchema(): FieldSchema {
  const { $schema, ...rest } = z.toJSONSchema(topologySchema, { target: 'draft-2020-12', io: 'input' });
  return { $schema, $id: 'urn:framewitness:schema:topology:1', ...rest } as FieldSchema;
}

/** The text of the shipped file, `schemas/topology.schema.json`. */
export function topologyJsonSchemaText(): string {
  return `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`;
}

/** The schema of one field, or undefined where the format has none. */
export function fieldAt(schema: FieldSchema, path: Path): FieldSchema | undefined {
  let field: FieldSchema | undefined = schema;
  for (const part of path) {
    if (field === undefined) return undefined;
    if (typeof part === 'number') field = field.items;
    else field = field.properties !== undefined && Object.hasOwn(field.properties, part) ? field.properties[part] : undefined;
  }
  return field;
}

/** Every field with its path, from the top down, in the order of the file; a list's item has index 0. */
export function* allFields(schema: FieldSchema, path: Path = []): Generator<{ readonly path: Path; readonly field: FieldSchema; readonly required: boolean }> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const inner = [...path, name];
    yield { path: inner, field, required: schema.required?.includes(name) ?? false };
    yield* allFields(field, inner);
    if (field.items !== undefined) yield* allFields(field.items, [...inner, 0]);
  }
}

/** What a field takes, in words: `0.1 to 240 frames per second`, `libav or ffmpeg`; the unit can be left out. */
export function rangeText(field: FieldSchema, withUnit = true): string {
  if (field['x-range'] !== undefined) return field['x-range'];
  if (field.enum !== undefined) return field.enum.map(String).join(' or ');
  if (field.type === 'boolean') return 'true or false';
  if (field.minimum !== undefined && field.maximum !== undefined) {
    const unit = field['x-unit'] === undefined || !withUnit ? '' : ` ${field['x-unit']}`;
    return `${field.type === 'integer' ? 'a whole number from ' : ''}${field.minimum} to ${field.maximum}${unit}`;
  }
  if (field.minItems !== undefined && field.maxItems !== undefined) return `a list of ${field.minItems} to ${field.maxItems}`;
  if (field.properties !== undefined) return `a group of ${Object.keys(field.properties).join(', ')}`;
  return field.type ?? 'a value';
}
