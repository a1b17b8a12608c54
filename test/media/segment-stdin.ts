/** Child of the segmenter's test: cuts standard input and says what came of it. */
import { cut } from './decoding.js';

const { segments, error } = await cut('-');
process.stdout.write(JSON.stringify({ digests: segments.map(({ sha256 }) => sha256), error: error === undefined ? null : (error as { readonly code: unknown }).code }));
