/** Text that is safe to show on a terminal. */
import type { FramewitnessError } from '../domain/errors.js';

/**
 * A name without control and direction characters, which a hostile file name could use to rewrite the terminal; shortened
 * in the middle to `limit` characters.
 */
export function printable(name: string, limit = 120): string {
  const safe = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  if (safe.length <= limit) return safe;
  const head = Math.ceil((limit - 1) / 2);
  return `${safe.slice(0, head)}…${safe.slice(safe.length - (limit - 1 - head))}`;
}

/** One line that says which error, where, what, and what to do. */
export function errorLine(error: FramewitnessError): string {
  const { input, stream, line, column } = error.location;
  const where = input ?? stream;
  // Several problems, each with its own place, stand in lines of their own.
  if (error.message.includes('\n')) return `error ${error.code}: ${where === undefined ? '' : `${printable(where, 240)}: `}${error.message}\n(${error.fix})`;
  const place = where === undefined ? '' : `${printable(where, 240)}${line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`}: `;
  return `error ${error.code}: ${place}${error.message} (${error.fix})`;
}
