/** YAML text as plain data, with the place of every value, and with the environment put in. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Parser, Scalar, type Document, type YAMLError } from 'yaml';
import { plainScalar, substituteEnvironment, type Environment } from './environment.js';
import type { ProblemCode } from './problems.js';

/** Bounds on a topology file: far above any real one, far below what hurts. */
export const DOCUMENT_LIMITS = { characters: 262_144, values: 10_000, depth: 32 } as const;

/** Keys and indices from the top down. */
export type Path = readonly (string | number)[];

/** A place in the file, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A problem whose place and path are known. */
export interface PlacedProblem extends Place {
  readonly code: ProblemCode;
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

/** A YAML file as data. */
export interface TopologyDocument {
  /** Undefined when the file cannot be read as data at all; `problems` then says why. */
  readonly value: unknown;
  readonly problems: readonly PlacedProblem[];
  /** Place of a key, for `key: true`, else of its value; of the nearest group above where there is none. */
  placeOf(path: Path, key?: boolean): Place;
  /** Whether the value was put in from the environment, and so is not to be shown. */
  isSubstituted(path: Path): boolean;
}

/** `stages.score.models[1].card`; keys that are not plain words are quoted. */
export function pathText(path: Path): string {
  return path
    .map((part, i) => {
      if (typeof part === 'number') return `[${part}]`;
      const word = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(part) ? part : JSON.stringify(part);
      return i === 0 ? word : `.${word}`;
    })
    .join('');
}

const SYNTAX_HINTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'keys of one group start in the same column',
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'keep one topology in a file: remove the --- between them',
  BLOCK_AS_IMPLICIT_KEY: 'put the text in quotes, or start a new line after the colon',
  TAG_RESOLVE_FAILED: 'remove the tag; text, numbers, true and false need none',
};

const MAX_SYNTAX_PROBLEMS = 10;

/** Reads YAML. Never throws for what the text may hold. */
export function readDocument(text: string, environment: Environment): TopologyDocument {
  const lines = new LineCounter();
  const reader = new Reader(environment, lines);
  if (text.length > DOCUMENT_LIMITS.characters) return reader.failed('too-large', `the file has more than ${DOCUMENT_LIMITS.characters} characters`, 'check that it is a topology');
  // Asked first, because what builds the document recurses: many thousands of brackets would exhaust the stack.
  if (isNestedDeeper(text, DOCUMENT_LIMITS.depth * 4)) return reader.failed('too-large', 'groups are nested too deep', 'check that it is a topology');
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, logLevel: 'error' });
  return reader.read(document, text);
}

/** Whether the syntax tree, which the parser builds without recursion, is deeper than `limit`. */
function isNestedDeeper(text: string, limit: number): boolean {
  const open = [...new Parser().parse(text)].map((token): { node: object; depth: number } => ({ node: token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > limit) return true;
    for (const inner of Object.values(next.node) as unknown[]) {
      if (typeof inner === 'object' && inner !== null) open.push({ node: inner, depth: next.depth + 1 });
    }
  }
  return false;
}

class Reader implements TopologyDocument {
  value: unknown;
  readonly problems: PlacedProblem[] = [];
  readonly #places = new Map<string, { key: Place; value: Place; substituted: boolean }>();
  #values = 0;
  #stopped = false;
  #document: Document.Parsed | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly lines: LineCounter,
  ) {}

  failed(code: ProblemCode, message: string, hint: string): this {
    this.problems.push({ code, path: [], line: 1, column: 1, message, hint });
    return this;
  }

  read(document: Document.Parsed, text: string): this {
    this.#document = document;
    for (const error of [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])) this.#addParserProblem(error, text);
    if (this.problems.some((problem) => problem.code === 'syntax')) return this;
    if (document.contents === null) return this.failed('syntax', 'the file is empty', 'begin with version: "1.0", or copy the topology.yaml that comes with the package');
    const value = this.#convert(document.contents, [], 0);
    this.value = this.#stopped ? undefined : value;
    return this;
  }

  placeOf(path: Path, key = false): Place {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const place = this.#places.get(pathText(path.slice(0, depth)));
      if (place !== undefined) return depth === path.length && !key ? place.value : place.key;
    }
    return { line: 1, column: 1 };
  }

  isSubstituted(path: Path): boolean {
    return this.#places.get(pathText(path))?.substituted ?? false;
  }

  #addParserProblem({ code, message, pos }: YAMLError, text: string): void {
    const place = this.#at(pos[0]);
    if (code === 'DUPLICATE_KEY') {
      this.problems.push({ code: 'duplicate-key', path: [], ...place, message: 'the key stands twice in one group', hint: 'keep one of the two' });
      return;
    }
    // What follows on a line, and after a few lines, is mostly the consequence of the first.
    const earlier = this.problems.filter((problem) => problem.code === 'syntax');
    if (earlier.length >= MAX_SYNTAX_PROBLEMS || earlier.some((problem) => problem.line === place.line)) return;
    const line = text.split('\n')[place.line - 1] ?? '';
    const hint = /\$\{env:/.test(line) ? 'inside {…} and […] put references to the environment in quotes, or use indented lines' : (SYNTAX_HINTS[code] ?? 'correct the YAML here; text with special characters needs quotes');
    this.problems.push({ code: 'syntax', path: [], ...place, message: sentence(message), hint });
  }

  #at(offset: number | undefined): Place {
    const { line, col } = this.lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  #convert(node: unknown, path: Path, depth: number): unknown {
    this.#values += 1;
    if (this.#stopped || this.#values > DOCUMENT_LIMITS.values || depth > DOCUMENT_LIMITS.depth) {
      if (!this.#stopped) this.#stop(depth > DOCUMENT_LIMITS.depth ? `groups are nested more than ${DOCUMENT_LIMITS.depth} deep` : `the file stands for more than ${DOCUMENT_LIMITS.values} values`, path);
      return undefined;
    }
    if (isAlias(node)) return this.#convert(this.#document === undefined ? undefined : node.resolve(this.#document), path, depth + 1);
    if (isMap(node)) {
      const group: Record<string, unknown> = {};
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const inner = [...path, name];
        this.#remember(inner, key, value);
        // Not by assignment: a key named __proto__ is data like any other.
        Object.defineProperty(group, name, { value: this.#convert(value, inner, depth + 1), enumerable: true, configurable: true, writable: true });
      }
      return group;
    }
    if (isSeq(node)) {
      return node.items.map((item, i) => {
        const inner = [...path, i];
        this.#remember(inner, item, item);
        return this.#convert(item, inner, depth + 1);
      });
    }
    return isScalar(node) ? this.#scalar(node, path) : null;
  }

  #scalar(node: Scalar, path: Path): unknown {
    if (typeof node.value !== 'string') return node.value;
    const { text, substituted, mistakes } = substituteEnvironment(node.value, this.environment);
    const place = this.#places.get(pathText(path));
    for (const mistake of mistakes) this.problems.push({ code: 'environment', path, ...(place?.value ?? this.#at(node.range?.[0])), ...mistake });
    if (mistakes.length > 0) return MISSING_VARIABLE;
    if (/\p{Surrogate}/u.test(text)) {
      this.problems.push({ code: 'not-allowed', path, ...(place?.value ?? this.#at(node.range?.[0])), message: 'the text has half of a surrogate pair', hint: 'write the whole character' });
    }
    if (place !== undefined) place.substituted = substituted;
    return substituted && node.type === Scalar.PLAIN ? plainScalar(text) : text;
  }

  #remember(path: Path, key: unknown, value: unknown): void {
    const own = this.#at(startOf(key) ?? startOf(value));
    this.#places.set(pathText(path), { key: own, value: startOf(value) === undefined ? own : this.#at(startOf(value)), substituted: false });
  }

  #stop(message: string, path: Path): void {
    this.#stopped = true;
    this.problems.push({ code: 'too-large', path: [], ...this.placeOf(path), message, hint: 'check the anchors and aliases' });
  }
}

/** Stands for a value that could not be put in: reported once, and not reported again for its type. */
export const MISSING_VARIABLE: unique symbol = Symbol('missing variable');

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}

function sentence(message: string): string {
  const flat = message.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return flat.charAt(0).toLowerCase() + flat.slice(1);
}
