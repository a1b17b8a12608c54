/** Jobs that wait: higher priority first, first come first served within one. */
export class JobQueue<T extends { readonly priority: number }> {
  readonly #jobs: T[] = [];

  get size(): number {
    return this.#jobs.length;
  }

  add(job: T): void {
    let low = 0;
    let high = this.#jobs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#jobs[middle]?.priority ?? 0) >= job.priority) low = middle + 1;
      else high = middle;
    }
    this.#jobs.splice(low, 0, job);
  }

  take(): T | undefined {
    return this.#jobs.shift();
  }

  takeAll(): T[] {
    return this.#jobs.splice(0);
  }
}
