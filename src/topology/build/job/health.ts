/** Whether a job lives and whether it is ready, from what happens in it and what its brokers and workers say. */
import type { PoolMetrics } from '../../../workers/pool-api.js';
import type { JobEvent } from './events.js';

/** One thing that is asked of the job. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What it goes by, in words. */
  readonly detail: string;
}

/** Bounds in milliseconds. */
export interface HealthBounds {
  /** Work without progress for so long is stuck. */
  readonly stuckAfterMillis: number;
  /** Brokers that have not answered for so long are gone. */
  readonly silentAfterMillis: number;
}

/** The health of one job. */
export class JobHealth {
  readonly #bounds: HealthBounds;
  readonly #ready = new Set<number>();
  readonly #held = new Map<number, number>();
  #assigned: readonly number[] | undefined;
  #outage: string | undefined;
  #workers: (() => PoolMetrics) | undefined;
  #stopping = false;
  #answered = Number.NEGATIVE_INFINITY;
  #progress = performance.now();
  #jobs = 0;

  constructor(bounds: HealthBounds) {
    this.#bounds = bounds;
  }

  /** How many partitions the group gave us. */
  get assigned(): number {
    return this.#assigned?.length ?? 0;
  }

  /** Hears what happens. */
  observe(event: JobEvent): void {
    switch (event.kind) {
      case 'assigned':
        this.#assigned = event.partitions;
        break;
      case 'restored':
        this.#ready.add(event.partition);
        break;
      case 'dropped':
        this.#ready.delete(event.partition);
        this.#held.delete(event.partition);
        break;
      case 'held':
        // Work that comes after idleness begins now.
        if (this.#heldRecords() > 0) {
          this.#held.set(event.partition, event.records);
          return;
        }
        this.#held.set(event.partition, event.records);
        break;
      case 'outage':
        this.#outage = event.error.code;
        return;
      case 'recovered':
        this.#outage = undefined;
        break;
      case 'committed':
        break;
      default:
        return;
    }
    this.#progress = performance.now();
  }

  /** A broker has just answered. */
  answered(): void {
    this.#answered = performance.now();
  }

  /** The worker processes are up. */
  working(workers: () => PoolMetrics): void {
    this.#workers = workers;
  }

  /** The job is ending, in good order. */
  stopping(): void {
    this.#stopping = true;
  }

  /** Whether it is worth going on; if not, a restart helps. */
  live(): readonly HealthCheck[] {
    const pool = this.#workers?.();
    // Jobs that end one after the other are progress, also where a commit waits for the slowest.
    if (pool !== undefined && pool.done + pool.failed !== this.#jobs) {
      this.#jobs = pool.done + pool.failed;
      this.#progress = performance.now();
    }
    const held = this.#heldRecords();
    const idle = performance.now() - this.#progress;
    const stuck = held > 0 && this.#outage === undefined && idle > this.#bounds.stuckAfterMillis;
    const alive = pool === undefined || pool.children > 0 || pool.queued + pool.running === 0;
    return [
      { name: 'workers', ok: alive, detail: pool === undefined ? 'not started yet' : `${pool.children} alive, ${pool.queued + pool.running} jobs` },
      { name: 'progress', ok: !stuck, detail: held === 0 ? 'nothing to do' : `${held} records held, last progress ${(idle / 1000).toFixed(1)} s ago` },
    ];
  }

  /** Whether it does its work now. */
  ready(): readonly HealthCheck[] {
    const assigned = this.#assigned;
    const missing = assigned?.filter((partition) => !this.#ready.has(partition)) ?? [];
    const silent = performance.now() - this.#answered;
    return [
      { name: 'running', ok: !this.#stopping, detail: this.#stopping ? 'stopping' : 'running' },
      { name: 'group', ok: assigned !== undefined && this.#outage === undefined, detail: this.#outage ?? (assigned === undefined ? 'not joined yet' : `joined, ${assigned.length} partitions`) },
      { name: 'state', ok: assigned !== undefined && missing.length === 0, detail: missing.length === 0 ? `${this.#ready.size} partitions restored` : `waiting for partitions ${missing.join(', ')}` },
      { name: 'broker', ok: silent <= this.#bounds.silentAfterMillis, detail: silent === Number.POSITIVE_INFINITY ? 'has not answered yet' : `answered ${(silent / 1000).toFixed(1)} s ago` },
    ];
  }

  #heldRecords(): number {
    return [...this.#held.values()].reduce((sum, records) => sum + records, 0);
  }
}
