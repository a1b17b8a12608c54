/** Progress over many items: one bar on a terminal, a line every tenth elsewhere. On standard error. */
import { SingleBar } from 'cli-progress';
import { printable } from './text.js';

/** Where progress is shown. */
export interface ItemProgress {
  /** One more item is done. @param label - its name */
  readonly advance: (label: string) => void;
  /** A line that stays, above the bar. */
  readonly note: (line: string) => void;
  readonly end: () => void;
}

/** @param word - what is counted, in the plural: `videos and pictures` */
export function createItemProgress(stream: NodeJS.WriteStream, total: number, word: string, quiet: boolean): ItemProgress {
  const nothing = (): void => undefined;
  const line = (text: string): void => {
    stream.write(`${text}\n`);
  };
  if (quiet) return { advance: nothing, note: line, end: nothing };
  if (stream.isTTY) {
    const bar = new SingleBar({ stream, format: `{bar} {percentage}% {value}/{total} ${word}, {eta_formatted} left {label}`, hideCursor: true, clearOnComplete: true, barsize: 24, barCompleteChar: '█', barIncompleteChar: '░' });
    bar.start(total, 0, { label: '' });
    return {
      advance: (label) => {
        bar.increment(1, { label: printable(label, 40) });
      },
      note: (text) => {
        line(`\r\x1b[K${text}`);
      },
      end: () => {
        bar.stop();
      },
    };
  }
  let [done, shown] = [0, 0];
  return {
    advance: () => {
      done++;
      const tenth = Math.floor((10 * done) / total);
      if (tenth > shown) line(`${tenth * 10}%: ${done} of ${total} ${word}`);
      shown = Math.max(shown, tenth);
    },
    note: line,
    end: nothing,
  };
}
