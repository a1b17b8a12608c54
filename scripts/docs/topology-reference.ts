/** `docs/reference/topology.md`, from the topology's schema. */
import { pathText, type Path } from '../../src/topology/document.js';
import { OUTSIDE_DIGEST } from '../../src/topology/digest.js';
import { fieldAt, rangeText, topologyJsonSchema, type FieldSchema } from '../../src/topology/json-schema.js';
import { PROBLEM_CODES } from '../../src/topology/problems.js';
import { PRECISION_RULE, RULES, UNIQUE_NAMES_RULE } from '../../src/topology/rules.js';
import { TOPOLOGY_VERSION } from '../../src/topology/schema.js';
import { GENERATED_NOTE, table } from './markdown.js';

const KNOWN = `${TOPOLOGY_VERSION.major}.${TOPOLOGY_VERSION.minor}`;

/** The page's text. */
export function topologyReference(): string {
  const schema = topologyJsonSchema();
  return [
    GENERATED_NOTE,
    '# The topology',
    '',
    'A topology is a YAML file that says what framewitness does to every segment: `topology.yaml` of the package unless another is named with `--topology`. Check one with `framewitness lint`, see it with `framewitness describe`.',
    '',
    'Only `version` and `stages.score.models` are required. A key that is not listed here is a mistake, not ignored. Editors check and complete the file with `schemas/topology.schema.json` (JSON Schema 2020-12).',
    '',
    '```yaml',
    `version: "${KNOWN}"`,
    'stages:',
    '  score:',
    '    models:',
    '      - {name: frames, card: builtin:srm-residual}',
    '```',
    '',
    '## Keys',
    '',
    ...keysOf(schema, []),
    '## Model cards',
    '',
    '`card` names the file that describes a network and its weights. `builtin:NAME` is `weights/NAME.card.json` of the package. Anything else is a path; a relative one starts at the folder of the topology file.',
    '',
    '## Values from the environment',
    '',
    '`${env:NAME}` inside a value is replaced by that variable of the environment, `${env:NAME:-default}` by the default where the variable is unset or empty. A variable that is not set and has no default is a mistake. `$$` stands for `$`. What is put in for an unquoted value is read as YAML reads a single value (`8` is a number, `true` is true), never as a list or a group; in quotes it stays text. Inside `{…}` and `[…]` YAML needs the quotes, so write numbers from the environment on lines of their own. Keys are not replaced. A value from the environment is not shown in the message that says it has the wrong type, range or form.',
    '',
    '## Rules between keys',
    '',
    ...RULES.map((rule) => `- ${rule.says}`),
    `- ${UNIQUE_NAMES_RULE}`,
    `- ${PRECISION_RULE}`,
    '',
    'That the clip length of a model is `stages.clips.length` is checked when the model is loaded.',
    '',
    '## Versions',
    '',
    `This release reads format ${KNOWN}. Another major version is refused (\`FW_TOPOLOGY_VERSION\`). A newer minor version is read with a warning; keys that came with it are refused as unknown, because a setting that is passed over would change verdicts without a word.`,
    '',
    '## Digest',
    '',
    `Every verdict names its topology by \`sha256:\` over the canonical JSON (RFC 8785) of all settings, defaults filled in and the environment put in. Left out is what no finding depends on: ${OUTSIDE_DIGEST.map((path) => `\`${path}\``).join(', ')}. So order, comments, and defaults written out or not make no difference, and every threshold, limit and model does. Cards count as they are written; the models behind them have digests of their own in the verdict.`,
    '',
    '## Mistakes',
    '',
    'All mistakes of a file are reported at once, in order, as `file:line:column message (hint)`; `framewitness lint --json` gives them as data with these codes.',
    '',
    ...table(
      ['Code', 'Meaning'],
      Object.entries(PROBLEM_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    '',
  ].join('\n');
}

/** A table of the keys of one group, then the groups in it. */
export function keysOf(schema: FieldSchema, path: Path): string[] {
  const group = fieldAt(schema, path);
  const entries = Object.entries(group?.properties ?? {});
  const leaves = entries.filter(([, field]) => field.properties === undefined);
  const lines: string[] = [];
  if (path.length > 0) lines.push(`### \`${heading(path)}\``, '', ...(group?.description === undefined ? [] : [group.description, '']));
  if (leaves.length > 0) lines.push(...table(['Key', 'Takes', 'Unit', 'Default', 'Meaning'], leaves.map(([name, field]) => rowOf(name, field, group))), '');
  for (const [name, field] of entries) {
    if (field.properties !== undefined) lines.push(...keysOf(schema, [...path, name]));
    if (field.items?.properties !== undefined) lines.push(...keysOf(schema, [...path, name, 0]));
  }
  return lines;
}

function heading(path: Path): string {
  return pathText(path).replaceAll('[0]', '[]');
}

function rowOf(name: string, field: FieldSchema, group: FieldSchema | undefined): string[] {
  const required = group?.required?.includes(name) === true ? 'required' : '';
  const fallback = field.default === undefined ? required : `\`${JSON.stringify(field.default).replaceAll('"', '')}\``;
  return [`\`${name}\``, rangeText(field, false), field['x-unit'] ?? '', fallback, field.description ?? ''];
}
