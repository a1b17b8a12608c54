/** Progress of landmarks, whose number is known only once they are looked for. */
import { createItemProgress, type ItemProgress } from './item-progress.js';

/** Shows how many faces were found; `end` takes the bar away. */
export function landmarkProgress(stream: NodeJS.WriteStream, quiet: boolean): { readonly show: (done: number, total: number) => void; readonly end: () => void } {
  let progress: ItemProgress | undefined;
  let shown = 0;
  return {
    show: (done, total) => {
      progress ??= createItemProgress(stream, total, 'faces with landmarks', quiet);
      for (; shown < done; shown++) progress.advance('');
      if (done === total) progress.end();
    },
    end: () => {
      progress?.end();
    },
  };
}
