/** Progress of landmarks, whose number is known only once they are looked for. */
import { openExampleSource, type ExampleOptions, type ExampleSource } from '../training/examples.js';
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

/** Opens a source of examples; shows the landmarks that it looks for. */
export function openShown(options: ExampleOptions, quiet: boolean): Promise<ExampleSource> {
  const landmarks = landmarkProgress(process.stderr, quiet);
  return openExampleSource({ ...options, onProgress: (_what, done, total) => { landmarks.show(done, total); } }).finally(landmarks.end);
}
