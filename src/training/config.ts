/** Reads a training configuration; all its mistakes are said at once, with line, column and a hint. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../domain/errors.js';
import { sha256Hex } from '../models/card.js';
import { pathText, readDocument, type PlacedProblem } from '../topology/document.js';
import type { Environment } from '../topology/environment.js';
import { problemsOfIssue } from '../topology/issues.js';
import type { FieldSchema } from '../topology/json-schema.js';
import { readTopologyText } from '../topology/load.js';
import { formatProblem, type Problem } from '../topology/problems.js';
import { canonicalJson } from '../verdicts/canonical.js';
import { brokenTrainingRules } from './config-rules.js';
import { trainingConfigSchema, type TrainingConfig } from './config-schema.js';

export type { TrainingConfig } from './config-schema.js';

/** JSON Schema (2020-12) of a configuration as it is written. */
export function trainingJsonSchema(): FieldSchema {
  const { $schema, ...rest } = z.toJSONSchema(trainingConfigSchema, { target: 'draft-2020-12', io: 'input' });
  return { $schema, $id: 'urn:framewitness:schema:training:1', ...rest } as FieldSchema;
}

/** The text of the shipped file, `schemas/training.schema.json`. */
export function trainingJsonSchemaText(): string {
  return `${JSON.stringify(trainingJsonSchema(), null, 2)}\n`;
}

type Alternatives = FieldSchema & { readonly oneOf?: readonly FieldSchema[] };

/**
 * The schema that a value is held against: of alternatives the one whose `kind` the value has, so that messages can speak
 * of its fields; where it has none of the kinds, all that it could have.
 */
function schemaFor(schema: Alternatives, value: unknown): FieldSchema {
  const { oneOf, ...rest } = schema;
  const data = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (oneOf !== undefined) {
    const kinds = oneOf.map((option) => option.properties?.['kind']?.const);
    const chosen = oneOf[kinds.indexOf(data['kind'])];
    return chosen === undefined ? { ...rest, type: 'object', properties: { kind: { enum: kinds } } } : { ...rest, ...schemaFor(chosen, value) };
  }
  const { properties } = schema;
  if (properties === undefined) return schema;
  return { ...rest, properties: Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, schemaFor(field, data[key])])) };
}

/** Reads and checks a text. Never throws for what it may hold. */
export function parseTrainingConfig(text: string, file: string, environment: Environment = process.env): { readonly problems: readonly Problem[]; readonly config?: TrainingConfig } {
  const document = readDocument(text, environment);
  const finish = (problems: readonly PlacedProblem[]): Problem[] =>
    problems.map((problem) => ({ ...problem, severity: 'error' as const, file, path: pathText(problem.path) })).sort((a, b) => a.line - b.line || a.column - b.column);
  if (document.value === undefined) return { problems: finish(document.problems) };
  const schema = schemaFor(trainingJsonSchema(), document.value);
  const parsed = trainingConfigSchema.safeParse(document.value);
  const unset = document.problems.map((problem) => pathText(problem.path));
  const issues = (parsed.error?.issues ?? []).flatMap((issue) => problemsOfIssue(issue, document, schema)).filter((problem) => !unset.includes(pathText(problem.path)));
  const broken = brokenTrainingRules(document.value).map((problem) => ({ code: 'rule' as const, ...problem, ...document.placeOf(problem.path) }));
  const problems = finish([...document.problems, ...issues, ...broken]);
  return problems.length === 0 && parsed.success ? { problems, config: parsed.data } : { problems };
}

/** A configuration that can be run. */
export interface LoadedTrainingConfig {
  readonly config: TrainingConfig;
  /** Absolute path of the file. */
  readonly path: string;
  /** Its folder: relative paths start there. */
  readonly folder: string;
  /** SHA-256 of the configuration's canonical JSON, defaults put in. */
  readonly digest: string;
}

/**
 * Loads a configuration.
 *
 * @throws FramewitnessError FW_TRAINING_CONFIG with every mistake, or where the file cannot be read
 */
export function loadTrainingConfig(path: string, environment: Environment = process.env): LoadedTrainingConfig {
  let text: string;
  try {
    text = readTopologyText(path);
  } catch (error) {
    throw new FramewitnessError('FW_TRAINING_CONFIG', 'the training configuration cannot be read', { location: { input: path }, cause: error });
  }
  const { problems, config } = parseTrainingConfig(text, path, environment);
  if (config === undefined) {
    const [first] = problems;
    const lines = problems.map((problem) => `\n  ${formatProblem(problem)}`).join('');
    throw new FramewitnessError('FW_TRAINING_CONFIG', `the training configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:${lines}`, {
      location: { input: path, ...(first === undefined ? {} : { line: first.line, column: first.column }) },
    });
  }
  const absolute = resolve(path);
  return { config, path: absolute, folder: dirname(absolute), digest: trainingDigest(config) };
}

/** SHA-256, lower-case hex, of a configuration's canonical JSON. */
export function trainingDigest(config: Readonly<Record<string, unknown>>): string {
  return sha256Hex(canonicalJson(config));
}
