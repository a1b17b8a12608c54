/**
 * Checks a topology's text. All that is wrong is said at once: first what the YAML parser, the environment and the format
 * version say, then the schema and the rules between fields, in order of place.
 */
import { readDocument, pathText, type Path, type PlacedProblem, type TopologyDocument } from './document.js';
import type { Environment } from './environment.js';
import { problemsOfIssue, valueAt } from './issues.js';
import { fieldAt, topologyJsonSchema, type FieldSchema } from './json-schema.js';
import { shown, type Problem } from './problems.js';
import { PRECISION_RULE, repeatedNames, RULES, wrongPrecisions } from './rules.js';
import { TOPOLOGY_VERSION, topologySchema, type Topology } from './schema.js';

/** What came of a text. */
export interface ParsedTopology {
  /** In order of place. */
  readonly problems: readonly Problem[];
  /** With every default; absent when there is an error among the problems. */
  readonly topology?: Topology;
}

/** Reads and checks a topology's text. Never throws for what the text may hold. */
export function parseTopology(text: string, file: string, environment: Environment = process.env): ParsedTopology {
  const document = readDocument(text, environment);
  if (document.value === undefined) return { problems: finish(document.problems, file) };
  const version = checkVersion(document);
  if (version?.severity === 'error') return { problems: finish([...document.problems, version.problem], file) };
  const warnings = version === undefined ? [] : finish([version.problem], file, 'warning');

  const schema = topologyJsonSchema();
  const parsed = topologySchema.safeParse(document.value);
  const unset = document.problems.filter((problem) => problem.code === 'environment').map((problem) => problem.path);
  const issues = (parsed.error?.issues ?? []).flatMap((issue) => problemsOfIssue(issue, document, schema)).filter((problem) => !unset.some((path) => isWithin(problem.path, path)));
  const spoilt = [...issues.map((problem) => problem.path), ...unset];
  const errors = finish([...document.problems, ...issues, ...brokenRules(document, schema, spoilt)], file);
  const problems = [...errors, ...warnings].sort(byPlace);
  return errors.length === 0 && parsed.success ? { problems, topology: parsed.data } : { problems };
}

/**
 * The problems of a topology's text, in order of place; empty when it is sound.
 *
 * @param text - the file's text
 * @param file - how the file is named in the problems
 * @param environment - what `${env:NAME}` reads
 */
export function lintTopology(text: string, file: string, environment: Environment = process.env): readonly Problem[] {
  return parseTopology(text, file, environment).problems;
}

function checkVersion(document: TopologyDocument): { readonly severity: Problem['severity']; readonly problem: PlacedProblem } | undefined {
  const value = valueAt(document.value, ['version']);
  // An unquoted 2.0 is a number: of the wrong type, but it says well enough that the rest is not for us.
  const [, major, minor] = /^([0-9]{1,6})(?:\.([0-9]{1,6}))?$/.exec(typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '') ?? [];
  if (major === undefined) return undefined;
  const known = `${TOPOLOGY_VERSION.major}.${TOPOLOGY_VERSION.minor}`;
  const place = { code: 'version' as const, path: ['version'], ...document.placeOf(['version']) };
  if (Number(major) !== TOPOLOGY_VERSION.major) {
    return { severity: 'error', problem: { ...place, message: `the format version is ${shown(value)}, and this release reads ${known}`, hint: `write version: "${known}" and check every key, or use another release` } };
  }
  if (Number(minor ?? 0) <= TOPOLOGY_VERSION.minor) return undefined;
  return { severity: 'warning', problem: { ...place, message: `the format version is ${shown(value)}, newer than this release reads (${known})`, hint: 'keys that came later are refused as unknown; a newer release knows them' } };
}

function brokenRules(document: TopologyDocument, schema: FieldSchema, spoilt: readonly Path[]): PlacedProblem[] {
  const usable = (path: Path): boolean => !spoilt.some((wrong) => isWithin(path, wrong));
  const problems: PlacedProblem[] = [];
  for (const rule of RULES) {
    if (!rule.fields.every(usable)) continue;
    const values = rule.fields.map((path) => Number(valueAt(document.value, path) ?? fieldAt(schema, path)?.default));
    if (rule.holds(...values)) continue;
    // A field that is not in the file has no place of its own: point at the one that is.
    const path = rule.fields.find((field) => valueAt(document.value, field) !== undefined) ?? [];
    problems.push({ code: 'rule', path, ...document.placeOf(path), message: `must hold: ${rule.says}`, hint: rule.hint(...values) });
  }
  for (const { path, name, first } of repeatedNames(valueAt(document.value, ['stages', 'score', 'models']))) {
    if (!usable(path)) continue;
    problems.push({ code: 'rule', path, ...document.placeOf(path), message: `${pathText(path)} repeats ${shown(name)}, the name of models[${first}]`, hint: 'verdicts name their models: give each a name of its own' });
  }
  for (const path of wrongPrecisions(valueAt(document.value, ['stages', 'score', 'models']))) {
    problems.push({ code: 'rule', path, ...document.placeOf(path), message: `must hold: ${PRECISION_RULE}`, hint: 'int8 runs in ONNX Runtime: set executor to onnxruntime, or precision to float32' });
  }
  return problems;
}

/** Whether `path` is `outer` or below it. */
function isWithin(path: Path, outer: Path): boolean {
  return outer.length <= path.length && outer.every((part, i) => part === path[i]);
}

function finish(problems: readonly PlacedProblem[], file: string, severity: Problem['severity'] = 'error'): Problem[] {
  return problems.map((problem) => ({ ...problem, severity, file, path: pathText(problem.path) })).sort(byPlace);
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

