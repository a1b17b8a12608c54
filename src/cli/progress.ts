/** Progress: a bar on a terminal, plain lines elsewhere. Everything goes to standard error, so that results can be piped. */
import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { formatMediaTime } from '../verdicts/words.js';
import { printable } from './text.js';

/** Where progress is shown. */
export interface Progress {
  /** Begins one input. @param bytes - its size, or undefined where it is not known (standard input) */
  readonly begin: (input: string, index: number, total: number, bytes: number | undefined) => void;
  /** One segment was judged. @param bytes - media bytes of the segment; @param micros - media time reached */
  readonly advance: (bytes: number, micros: number, verdict: string) => void;
  /** The input ended, well or not. */
  readonly end: (summary: string) => void;
  /** A line that stays, above the bar. */
  readonly note: (line: string) => void;
}

/** A bar that is redrawn in place. */
function terminalProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  let label = '';
  return {
    begin: (input, index, total, bytes) => {
      label = `${total > 1 ? `[${index + 1}/${total}] ` : ''}${printable(input, 40)}`;
      bar = new SingleBar({ stream, format: `${label} {bar} {percentage}% {time} {verdict}`, hideCursor: true, clearOnComplete: true, barsize: 24, barCompleteChar: '█', barIncompleteChar: '░', etaBuffer: 20 });
      bar.start(bytes ?? 1, 0, { time: formatMediaTime(0), verdict: '' });
    },
    advance: (bytes, micros, verdict) => {
      bar?.increment(bytes, { time: formatMediaTime(micros), verdict });
    },
    end: (summary) => {
      bar?.stop();
      bar = undefined;
      stream.write(`${label} ${summary}\n`);
    },
    note: (line) => {
      stream.write(`${bar ? '\r\x1b[K' : ''}${line}\n`);
    },
  };
}

/** One line per input, and one for every tenth of a long one. */
function plainProgress(stream: NodeJS.WriteStream): Progress {
  let label = '';
  let size: number | undefined;
  let done = 0;
  let segments = 0;
  let shown = 0;
  return {
    begin: (input, index, total, bytes) => {
      label = `[${index + 1}/${total}] ${printable(input, 200)}`;
      [size, done, segments, shown] = [bytes, 0, 0, 0];
      stream.write(`${label}: scanning\n`);
    },
    advance: (bytes, micros) => {
      done += bytes;
      segments++;
      const tenth = size === undefined ? Math.floor(segments / 30) : Math.min(9, Math.floor((10 * done) / size));
      if (tenth <= shown) return;
      shown = tenth;
      stream.write(`${label}: ${size === undefined ? '' : `${tenth * 10}% `}${segments} segments, ${formatMediaTime(micros)}\n`);
    },
    end: (summary) => {
      stream.write(`${label}: ${summary}\n`);
    },
    note: (line) => {
      stream.write(`${line}\n`);
    },
  };
}

/** The progress that suits a stream; `quiet` shows nothing but notes. */
export function createProgress(stream: NodeJS.WriteStream, quiet: boolean): Progress {
  if (quiet) {
    const nothing = (): void => undefined;
    return { begin: nothing, advance: nothing, end: nothing, note: (line) => stream.write(`${line}\n`) };
  }
  return stream.isTTY ? terminalProgress(stream) : plainProgress(stream);
}

/** A verdict word in its colour, where colours are on. */
export function coloured(verdict: string): string {
  if (verdict === 'forged') return pc.red(verdict);
  if (verdict === 'authentic') return pc.green(verdict);
  return verdict === 'inconclusive' ? pc.yellow(verdict) : verdict;
}
