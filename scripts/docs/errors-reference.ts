/** `docs/reference/errors.md`, from the catalogue of codes. */
import { ERROR_CATALOGUE } from '../../src/domain/errors.js';
import { GENERATED_NOTE, table } from './markdown.js';

/** The page's text. */
export function errorsReference(): string {
  const rows = Object.entries(ERROR_CATALOGUE).map(([code, { scope, retriable, meaning, fix }]) => [`\`${code}\``, scope, retriable ? 'yes' : 'no', meaning, fix]);
  return [
    GENERATED_NOTE,
    '# Errors',
    '',
    'Every error of framewitness is a `FramewitnessError` with one of the codes below. Decide by `code`, `scope` and `retriable`, never by the message, which may change.',
    '',
    '- **Scope** is what the error costs: one `frame`, one `segment`, one whole `input`, or the `run`. Everything beyond it goes on, and what is lost is counted in the verdict.',
    '- **Retriable** errors may not come back when the same call is made again and nothing was changed.',
    '- `location` says where, as far as it is known: `input`, `stream`, `sequence`, `ptsMicros` (microseconds), `line`, `column`.',
    '- Errors of a segment or a frame do not end a scan: their codes are in the `warnings` of the verdict, which abstains where it must.',
    '',
    ...table(['Code', 'Scope', 'Retriable', 'Meaning', 'What to do'], rows),
    '',
  ].join('\n');
}
