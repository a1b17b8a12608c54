/** Kinds of field of the topology's schema. Each carries its description, unit, range and default, for lint and reference page alike. */
import { z } from 'zod';

/** A number field: what it is, its unit, and both ends of its range (inclusive). */
export interface NumberField {
  readonly about: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** A text field: `form` says in words what `pattern` allows. */
export interface TextField {
  readonly about: string;
  readonly pattern: RegExp;
  readonly form: string;
  readonly example: string;
  readonly default?: string;
}

/** A number in `[min, max]`. */
export function number(field: NumberField): z.ZodDefault<z.ZodNumber> {
  return z.number().min(field.min).max(field.max).default(field.default).meta({ description: field.about, 'x-unit': field.unit });
}

/** A whole number in `[min, max]`. */
export function whole(field: NumberField): z.ZodDefault<z.ZodInt> {
  return z.int().min(field.min).max(field.max).default(field.default).meta({ description: field.about, 'x-unit': field.unit });
}

/** true or false. */
export function toggle(field: { readonly about: string; readonly default: boolean }): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().default(field.default).meta({ description: field.about });
}

/** One of a few words. */
export function option<const V extends string>(field: { readonly about: string; readonly values: readonly [V, ...V[]]; readonly default: NoInfer<V> }): z.ZodDefault<z.ZodEnum<{ [K in V]: K }>> {
  return z
    .enum(field.values)
    .default(field.default as never)
    .meta({ description: field.about });
}

/** Text of a given form; required unless it has a default. */
export function text(field: TextField & { readonly default: string }): z.ZodDefault<z.ZodString>;
export function text(field: TextField): z.ZodString;
export function text(field: TextField): z.ZodString | z.ZodDefault<z.ZodString> {
  const plain = z.string().regex(field.pattern);
  const meta = { description: field.about, examples: [field.example], 'x-range': field.form };
  return field.default === undefined ? plain.meta(meta) : plain.default(field.default).meta(meta);
}

/** A list of texts of one form; empty unless something is written. */
export function list(field: Omit<TextField, 'default'> & { readonly max: number }): z.ZodDefault<z.ZodArray<z.ZodString>> {
  const { pattern, form, example, about, max } = field;
  return z
    .array(z.string().regex(pattern).meta({ examples: [example], 'x-range': form }))
    .max(max)
    .default([])
    .meta({ description: about, examples: [[example]], 'x-range': `a list of at most ${max}, each ${form}` });
}

/** A group of fields, all of which have defaults unless they are required themselves; left out, it is all defaults. */
export function section<S extends z.ZodRawShape>(about: string, shape: S): z.ZodPrefault<z.ZodObject<S, z.core.$strict>> {
  return z
    .strictObject(shape)
    .prefault({} as never)
    .meta({ description: about });
}
