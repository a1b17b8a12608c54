/**
 * Writes what is generated from the source: JSON Schemas and reference pages. `npx tsx scripts/generate-docs.ts` writes
 * them, with `--check` it only says which are not current and ends with 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluationJsonSchemaText } from '../src/evaluation/record-schema.js';
import { facesJsonSchemaText, manifestJsonSchemaText } from '../src/training/manifest-schema.js';
import { trainingJsonSchemaText } from '../src/training/config.js';
import { topologyJsonSchemaText } from '../src/topology/json-schema.js';
import { alertJsonSchemaText, segmentVerdictJsonSchemaText } from '../src/verdicts/json-schema.js';
import { feedsJsonSchemaText } from '../src/topology/feeds/load.js';
import { streamVerdictJsonSchemaText } from '../src/verdicts/stream-verdict-schema.js';
import { asyncApiText } from './docs/asyncapi.js';
import { cliReference } from './docs/cli-reference.js';
import { errorsReference } from './docs/errors-reference.js';
import { feedsReference } from './docs/feeds-reference.js';
import { lossesReference } from './docs/losses-reference.js';
import { metricsReference } from './docs/metrics-reference.js';
import { recipesReference } from './docs/recipes-reference.js';
import { topologyReference } from './docs/topology-reference.js';
import { trainingReference } from './docs/training-reference.js';

/** A file that is generated; `path` from the top of the checkout. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: () => string;
}

/** Every generated file. Add a line to have another one written and checked. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  { path: 'schemas/topology.schema.json', content: topologyJsonSchemaText },
  { path: 'schemas/segment-verdict.schema.json', content: segmentVerdictJsonSchemaText },
  { path: 'schemas/alert.schema.json', content: alertJsonSchemaText },
  { path: 'schemas/stream-verdict.schema.json', content: streamVerdictJsonSchemaText },
  { path: 'schemas/evaluation.schema.json', content: evaluationJsonSchemaText },
  { path: 'schemas/manifest.schema.json', content: manifestJsonSchemaText },
  { path: 'schemas/faces.schema.json', content: facesJsonSchemaText },
  { path: 'schemas/asyncapi.yaml', content: asyncApiText },
  { path: 'schemas/feeds.schema.json', content: feedsJsonSchemaText },
  { path: 'docs/reference/feeds.md', content: feedsReference },
  { path: 'docs/reference/losses.md', content: lossesReference },
  { path: 'docs/reference/metrics.md', content: metricsReference },
  { path: 'docs/reference/topology.md', content: topologyReference },
  { path: 'schemas/training.schema.json', content: trainingJsonSchemaText },
  { path: 'docs/reference/training.md', content: trainingReference },
  { path: 'docs/reference/errors.md', content: errorsReference },
  { path: 'docs/reference/cli.md', content: cliReference },
  { path: 'docs/reference/recipes.md', content: recipesReference },
];

const place = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The files whose committed text is not what the source gives. */
export function outdatedFiles(files: readonly GeneratedFile[] = GENERATED_FILES): readonly string[] {
  return files.filter(({ path, content }) => !existsSync(place(path)) || readFileSync(place(path), 'utf8') !== content()).map(({ path }) => path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdated = outdatedFiles();
  if (process.argv.includes('--check')) {
    for (const path of outdated) console.error(`${path} is not current: run npx tsx scripts/generate-docs.ts`);
    process.exitCode = outdated.length > 0 ? 1 : 0;
  } else {
    for (const { path, content } of GENERATED_FILES.filter((file) => outdated.includes(file.path))) {
      mkdirSync(dirname(place(path)), { recursive: true });
      writeFileSync(place(path), content());
      console.log(`wrote ${path}`);
    }
  }
}
