/** `docs/reference/feeds.md`, from the schema of files of feeds. */
import { FEED_RULES, feedsJsonSchema } from '../../src/topology/feeds/load.js';
import { INGEST_HEADERS } from '../../src/transports/ingest/records.js';
import { GENERATED_NOTE, table } from './markdown.js';
import { keysOf } from './topology-reference.js';

const HEADERS: Readonly<Record<keyof typeof INGEST_HEADERS, string>> = {
  ptsEnd: 'Media time of the end of a segment of a feed, microseconds; the start of the next, where nothing is lost in between.',
  sha256: 'SHA-256 of the media, lower-case hex.',
  discontinuity: 'Why media time does not simply go on: `reconnected`, `restarted` (of ingest), `clock-jumped` (of the feed), `dropped` (segments that could not be published).',
  lost: 'What was lost before this segment, as JSON: `[{"reason", "micros", "frames"}]`. `reason` is a code of the error catalogue, `restarted`, `clock-jumped`, `before-keyframe` or `buffer-full`; `micros` is missing media time; `frames` are frames that came and were not published, 0 where it is not known what did not come.',
};

/** The page's text. */
export function feedsReference(): string {
  return [
    GENERATED_NOTE,
    '# Files of feeds',
    '',
    '`framewitness ingest --feeds FILE` publishes every feed of a YAML file; `--lint` checks the file and says every mistake at once, with line, column and a hint. Editors check and complete it with `schemas/feeds.schema.json` (JSON Schema 2020-12). Values from the environment are written as in a [topology](topology.md). See the [guide](../guides/ingest.md).',
    '',
    '```yaml',
    'version: "1.0"',
    'feeds:',
    '  - stream: camera-1',
    '    url: rtsp://camera.example.org/live',
    '```',
    '',
    '## Keys',
    '',
    ...keysOf(feedsJsonSchema(), []),
    '## Rules between keys',
    '',
    ...FEED_RULES.map((rule) => `- ${rule}`),
    '',
    '## Headers of the records',
    '',
    'Beside those of every [segment](kafka.md):',
    '',
    ...table(['Header', 'Meaning'], Object.entries(INGEST_HEADERS).map(([key, name]) => [`\`${name}\``, HEADERS[key as keyof typeof INGEST_HEADERS]])),
    '',
  ].join('\n');
}
