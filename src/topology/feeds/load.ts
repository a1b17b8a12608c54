/** Reads a file of feeds; all its mistakes are said at once. */
import { resolve, dirname } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import { readDocument, pathText, type Path, type PlacedProblem } from '../document.js';
import type { Environment } from '../environment.js';
import { problemsOfIssue, valueAt } from '../issues.js';
import type { FieldSchema } from '../json-schema.js';
import { readTopologyText } from '../load.js';
import { formatProblem, shown, type Problem } from '../problems.js';
import { feedsSchema, type Feeds } from './schema.js';

/** JSON Schema (2020-12) of a file of feeds as it is written. */
export function feedsJsonSchema(): FieldSchema {
  const { $schema, ...rest } = z.toJSONSchema(feedsSchema, { target: 'draft-2020-12', io: 'input' });
  return { $schema, $id: 'urn:framewitness:schema:feeds:1', ...rest } as FieldSchema;
}

/** The text of the shipped file, `schemas/feeds.schema.json`. */
export function feedsJsonSchemaText(): string {
  return `${JSON.stringify(feedsJsonSchema(), null, 2)}\n`;
}

/** Rules between keys, for lint and the reference page. */
export const FEED_RULES = [
  'every feed has a stream of its own',
  'listen is for rtmp, rtsp and srt',
  'cut.maxSeconds is not below cut.targetSeconds',
  'reconnect.maxMillis is not below reconnect.initialMillis',
  'claimStore has either a folder or a bucket',
] as const;

/** Reads and checks a text. Never throws for what it may hold. */
export function parseFeeds(text: string, file: string, environment: Environment = process.env): { readonly problems: readonly Problem[]; readonly feeds?: Feeds } {
  const document = readDocument(text, environment);
  const finish = (problems: readonly PlacedProblem[]): Problem[] =>
    problems.map((problem) => ({ ...problem, severity: 'error' as const, file, path: pathText(problem.path) })).sort((a, b) => a.line - b.line || a.column - b.column);
  if (document.value === undefined) return { problems: finish(document.problems) };
  const schema = feedsJsonSchema();
  const parsed = feedsSchema.safeParse(document.value);
  const unset = document.problems.map((problem) => pathText(problem.path));
  const issues = (parsed.error?.issues ?? []).flatMap((issue) => problemsOfIssue(issue, document, schema)).filter((problem) => !unset.includes(pathText(problem.path)));
  const broken = brokenRules(document.value).map((problem) => ({ code: 'rule' as const, ...problem, ...document.placeOf(problem.path) }));
  const problems = finish([...document.problems, ...issues, ...broken]);
  return problems.length === 0 && parsed.success ? { problems, feeds: parsed.data } : { problems };
}

/** Loads a file of feeds; a relative folder of claimStore becomes absolute. @throws FramewitnessError FW_FEEDS_INVALID with every mistake; FW_INPUT_NOT_FOUND */
export function loadFeeds(path: string, environment: Environment = process.env): Feeds {
  let text: string;
  try {
    text = readTopologyText(path);
  } catch (error) {
    const cause = FramewitnessError.from(error, 'FW_INPUT_NOT_FOUND');
    throw new FramewitnessError(cause.code === 'FW_TOPOLOGY_NOT_FOUND' ? 'FW_INPUT_NOT_FOUND' : 'FW_FEEDS_INVALID', 'the file of feeds cannot be read', { location: { input: path }, cause });
  }
  const { problems, feeds } = parseFeeds(text, path, environment);
  if (feeds === undefined) {
    const [first] = problems;
    throw new FramewitnessError('FW_FEEDS_INVALID', `the file of feeds has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:${problems.map((problem) => `\n  ${formatProblem(problem)}`).join('')}`, {
      location: { input: path, ...(first === undefined ? {} : { line: first.line, column: first.column }) },
    });
  }
  const { claimStore } = feeds;
  return claimStore === undefined || claimStore.folder === '' ? feeds : { ...feeds, claimStore: { ...claimStore, folder: resolve(dirname(path), claimStore.folder) } };
}

type Broken = Pick<PlacedProblem, 'path' | 'message' | 'hint'>;

function brokenRules(value: unknown): Broken[] {
  const broken: Broken[] = [];
  const list = valueAt(value, ['feeds']);
  const seen = new Map<unknown, number>();
  for (const [index, entry] of (Array.isArray(list) ? (list as unknown[]) : []).entries()) {
    const path: Path = ['feeds', index];
    const at = (...inner: string[]): unknown => valueAt(entry, inner);
    const first = seen.get(at('stream'));
    if (typeof at('stream') === 'string') {
      if (first === undefined) seen.set(at('stream'), index);
      else broken.push({ path: [...path, 'stream'], message: `feeds[${index}].stream repeats ${shown(at('stream'))}, the stream of feeds[${first}]`, hint: 'records of a stream are numbered by one feed: give each a stream of its own' });
    }
    const url = at('url');
    if (at('listen') === true && typeof url === 'string' && !/^(?:rtmp|rtsp|srt):/.test(url)) broken.push({ path: [...path, 'listen'], message: 'must hold: listen is for rtmp, rtsp and srt', hint: 'leave listen out, or have the feed sent by rtmp, rtsp or srt' });
    for (const [group, low, high, lowDefault, highDefault] of [['cut', 'targetSeconds', 'maxSeconds', 2, 20], ['reconnect', 'initialMillis', 'maxMillis', 500, 30_000]] as const) {
      const [least, most] = [at(group, low) ?? lowDefault, at(group, high) ?? highDefault];
      if (typeof least === 'number' && typeof most === 'number' && most < least) {
        broken.push({ path: [...path, group, at(group, high) === undefined ? low : high], message: `must hold: ${group}.${high} is not below ${group}.${low}`, hint: `${low} is ${least}, ${high} is ${most}` });
      }
    }
  }
  const store = valueAt(value, ['claimStore']);
  if (typeof store === 'object' && store !== null) {
    const given = ['folder', 'bucket'].filter((key) => ![undefined, ''].includes(valueAt(store, [key]) as string | undefined));
    if (given.length !== 1) broken.push({ path: ['claimStore'], message: 'must hold: claimStore has either a folder or a bucket', hint: 'name one of the two' });
  }
  return broken;
}
