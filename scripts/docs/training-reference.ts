/** `docs/reference/training.md`, from the schema of training configurations. */
import { trainingJsonSchema } from '../../src/training/config.js';
import { TRAINING_RULES } from '../../src/training/config-rules.js';
import { TRAINING_VERSION } from '../../src/training/config-schema.js';
import { rangeText, type FieldSchema } from '../../src/topology/json-schema.js';
import { GENERATED_NOTE, table } from './markdown.js';
import { keysOf } from './topology-reference.js';

type Alternatives = FieldSchema & { readonly oneOf?: readonly FieldSchema[] };

/** What the key of a group of several kinds takes. */
const GROUPS: Readonly<Record<string, string>> = { loss: 'a loss (see losses.md)' };

/** The schema with groups of several kinds as single keys: their tables are below. */
function withoutAlternatives(schema: FieldSchema): FieldSchema {
  const properties = Object.entries(schema.properties ?? {}).map(([name, field]): [string, FieldSchema] => [name, (field as Alternatives).oneOf === undefined ? field : { description: field.description ?? '', 'x-range': GROUPS[name] ?? 'a group of one of the kinds below' }]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** One table for all kinds of a group: which kinds have a key, and what it is. */
function kindsOf(schema: FieldSchema, name: string): string[] {
  const field = schema.properties?.[name] as Alternatives | undefined;
  const options = field?.oneOf ?? [];
  const kindOf = (option: FieldSchema): string => String(option.properties?.['kind']?.const);
  const keys = [...new Set(options.flatMap((option) => Object.keys(option.properties ?? {})))].filter((key) => key !== 'kind');
  const rows = keys.map((key) => {
    const having = options.filter((option) => option.properties?.[key] !== undefined);
    const [first] = having;
    const value = first?.properties?.[key] ?? {};
    const fallback = value.default === undefined ? (first?.required?.includes(key) === true ? 'required' : '') : `\`${JSON.stringify(value.default)}\``;
    return [`\`${key}\``, having.length === options.length ? 'all' : having.map((option) => `\`${kindOf(option)}\``).join(', '), rangeText(value, false), value['x-unit'] ?? '', fallback, value.description ?? ''];
  });
  return [`### \`${name}\``, '', field?.description ?? '', '', `\`kind\` is ${options.map((option) => `\`${kindOf(option)}\``).join(', ')}.`, '', ...table(['Key', 'Kinds', 'Takes', 'Unit', 'Default', 'Meaning'], rows), ''];
}

/** The page's text. */
export function trainingReference(): string {
  const schema = trainingJsonSchema();
  return [
    GENERATED_NOTE,
    '# The training configuration',
    '',
    'What `framewitness train --config FILE` reads: a YAML file. `--check` reads one and trains nothing. The [guide](../guides/train.md) says how training goes; `training/` has a file for each published system.',
    '',
    `Format ${TRAINING_VERSION}. A key that is not listed here is a mistake, not ignored. All mistakes of a file are said at once, each with its line (\`FW_TRAINING_CONFIG\`). Relative paths start at the folder of the file. \`\${env:NAME}\` and \`\${env:NAME:-default}\` are replaced as in a [topology](topology.md#values-from-the-environment). Editors check and complete the file with \`schemas/training.schema.json\`.`,
    '',
    '## Keys',
    '',
    ...keysOf(withoutAlternatives(schema), []),
    ...kindsOf(schema, 'optimiser'),
    ...kindsOf(schema, 'schedule'),
    '## Rules between keys',
    '',
    ...TRAINING_RULES.map((rule) => `- ${rule}`),
    '',
    '## What a checkpoint depends on',
    '',
    'A training goes on from its checkpoint only where the configuration takes the same course: everything counts but `checkpoint`, `output`, and `cacheFolder` and `workers` of the examples.',
    '',
  ].join('\n');
}
