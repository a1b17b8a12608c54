/** docs/reference/recipes.md: the options of every recipe, from their schemas. */
import { z } from 'zod';
import { RECIPE_OPTIONS } from '../../src/training/augmentation/options.js';
import { GENERATED_NOTE, table } from './markdown.js';

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
}

const INTRODUCTION = `${GENERATED_NOTE}

# Recipes

Options of the recipes that training examples are made by: \`options\` under \`data.train\` and \`data.val\` of a training
configuration, or \`--options\` of \`framewitness augment\`. The [guide](../guides/augment.md) says what the recipes do. Every
option has a default. Mistakes are told all at once.
`;

function range({ minimum, maximum, type }: Field): string {
  if (type === 'boolean') return 'true, false';
  if (type === 'string') return 'text';
  if (type === 'array') return 'a list';
  if (type === 'object') return 'shares by name';
  const most = maximum === undefined || maximum > 2 ** 50 ? '' : ` to ${maximum}`;
  return minimum === undefined ? '' : `${minimum}${most === '' ? ' or more' : most}`;
}

function defaultOf(field: Field): string {
  if (field.default === undefined) return 'none';
  return Array.isArray(field.default) || typeof field.default !== 'object' ? `\`${JSON.stringify(field.default)}\`` : Object.keys(field.default ?? {}).length === 0 ? '`{}`' : 'as listed';
}

function section(name: string, schema: z.ZodType): string {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Field;
  const rows = Object.entries(properties).flatMap(([option, field]) => [
    [`\`${option}\``, range(field), defaultOf(field), field.description ?? ''],
    ...Object.entries(field.properties ?? {}).map(([share, { description = '' }]) => {
      const [, what = description, fallback = ''] = /^(.*) \(([\d.]+)\)$/.exec(description) ?? [];
      return [`\`${option}.${share}\``, 'a share', `\`${fallback}\``, what];
    }),
  ]);
  return [`## ${name}`, '', ...table(['option', 'range', 'default', 'what it does'], rows), ''].join('\n');
}

/** The page. */
export function recipesReference(): string {
  return [INTRODUCTION, ...Object.entries(RECIPE_OPTIONS).map(([name, schema]) => section(name, schema))].join('\n');
}
