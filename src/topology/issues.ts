/** What zod finds wrong, said as problems with hints. */
import type { z } from 'zod';
import type { Path, TopologyDocument, PlacedProblem } from './document.js';
import { pathText } from './document.js';
import { allFields, fieldAt, rangeText, type FieldSchema } from './json-schema.js';
import { shown } from './problems.js';
import { nearestWord } from './similar.js';

type Issue = z.core.$ZodIssue;
type Said = Pick<PlacedProblem, 'code' | 'path' | 'message' | 'hint'> & { readonly atKey?: boolean };

/** Problems of one issue; an issue about unknown keys has one for each key. */
export function problemsOfIssue(issue: Issue, document: TopologyDocument, schema: FieldSchema): readonly PlacedProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  return said(issue, path, document, schema).map(({ atKey, ...problem }) => ({ ...problem, ...document.placeOf(problem.path, atKey ?? false) }));
}

function said(issue: Issue, path: Path, document: TopologyDocument, schema: FieldSchema): readonly Said[] {
  const name = path.length === 0 ? 'the topology' : pathText(path);
  const field = fieldAt(schema, path);
  const value = valueAt(document.value, path);
  const but = document.isSubstituted(path) ? ', not what the environment gives' : value === null ? ', and has no value' : `, not ${kindOf(value)}`;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], schema));
  if (value === undefined) return [{ code: 'missing-key', path, message: `${name} is missing`, hint: missingHint(field) }];
  switch (issue.code) {
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const message = issue.origin === 'array' ? `${name} must have ${bound}` : `${name} must be ${bound}${but}`;
      return [{ code: 'out-of-range', path, message, hint: takes(field) }];
    }
    case 'invalid_value':
    case 'invalid_format':
      return [{ code: 'not-allowed', path, message: `${name} must be ${field === undefined ? 'another value' : rangeText(field)}${but}`, hint: wordHint(value, field) }];
    default:
      return [{ code: 'wrong-type', path, message: `${name} must be ${typeText(field)}${but}`, hint: value === null ? 'give a value, or leave the key out' : takes(field) }];
  }
}

function unknownKey(path: Path, schema: FieldSchema): Said {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const known = Object.keys(fieldAt(schema, parent)?.properties ?? {});
  const group = parent.length === 0 ? 'the top level' : pathText(parent);
  const near = nearestWord(key, known);
  const elsewhere = [...allFields(schema)].filter((field) => field.path.at(-1) === key).map((field) => pathText(field.path.slice(0, -1)) || 'the top level');
  let hint = `known here: ${known.join(', ')}`;
  if (near !== undefined) hint = `did you mean ${near}?`;
  else if (key === '<<') hint = 'merge keys are not supported: write the keys out';
  else if (elsewhere.length > 0) hint = `it belongs in ${elsewhere.join(' or ')}`;
  return { code: 'unknown-key', path, message: `${shown(key)} is not a key of ${group}`, hint, atKey: true };
}

function missingHint(field: FieldSchema | undefined): string {
  if (field === undefined) return 'add it';
  const example = field.examples?.[0];
  return example === undefined ? `add it, with ${rangeText(field)}` : `add it, for example ${plain(example)}; takes ${rangeText(field)}`;
}

function wordHint(value: unknown, field: FieldSchema | undefined): string {
  if (field === undefined) return 'see the reference page';
  const near = typeof value === 'string' ? nearestWord(value, (field.enum ?? []).map(String)) : undefined;
  return near === undefined ? takes(field) : `did you mean ${near}?`;
}

/** The range and the default, for a hint. */
function takes(field: FieldSchema | undefined): string {
  if (field === undefined) return 'see the reference page';
  const range = field.properties === undefined ? rangeText(field) : `keys: ${Object.keys(field.properties).join(', ')}`;
  const fallback = field.default === undefined || typeof field.default === 'object' ? '' : `; default ${plain(field.default)}`;
  return `${range}${fallback}`;
}

const TYPE_TEXTS: Readonly<Record<string, string>> = { object: 'a group of keys', array: 'a list', string: 'text', number: 'a number', integer: 'a whole number', boolean: 'true or false' };

function typeText(field: FieldSchema | undefined): string {
  if (field === undefined) return 'another value';
  return field.type === undefined ? rangeText(field) : (TYPE_TEXTS[field.type] ?? field.type);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  return typeof value === 'string' ? `the text ${shown(value)}` : plain(value);
}

/** A word or a number without quotes. */
function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : shown(value);
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return undefined;
    inner = (inner as Record<string | number, unknown>)[part];
  }
  return inner;
}
