/** The kill drill: workers and the broker die at random moments, and what was committed must equal a run that nothing disturbed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '../broker/broker.js';
import { startBroker } from '../broker/broker.js';
import { readTopic } from '../broker/topics.js';
import { compareRecords, sumDifferences, withoutSource, type Differences } from '../job/checker.js';
import { startFeed, type Feed } from '../job/feed.js';
import { watchProgress, type ProgressWatch } from '../job/progress.js';
import { seededDice, type Dice } from '../job/random.js';
import { createJobTopics, jobTopics, type JobTopics } from '../job/topics.js';
import { startWorker, type Worker, type WorkerCommand } from '../job/worker.js';

/** A job under the drill. */
export interface DrillJob {
  readonly bootstrap: string;
  /** Consumer group. */
  readonly applicationId: string;
  readonly topics: JobTopics;
  /** For files that the workers need; gone after the drill. */
  readonly folder: string;
}

/** What to drill, and how hard. */
export interface DrillSettings {
  /** Workers killed with SIGKILL. */
  readonly kills: number;
  readonly seed: number;
  /** The broker is killed or restarted after every so many kills (default 7). */
  readonly brokerEvery?: number;
  /** The command that starts a worker of a job. */
  readonly worker: (job: DrillJob) => WorkerCommand;
  readonly note?: (line: string) => void;
  /** Checks further topics: called with the disturbed job and the undisturbed one, when both are done. */
  readonly alsoCompare?: (broker: Broker, disturbed: JobTopics, undisturbed: JobTopics) => Promise<Differences>;
}

/** What came of it. */
export interface DrillResult extends Differences {
  readonly kills: number;
  readonly brokerRestarts: number;
  /** Segments that were published. */
  readonly segments: number;
}

const PARTITIONS = 4;
const STREAMS = 8;
const WORKERS = 2;
/** Segments of each stream that are published at a time; and records that wait at least, so that every kill meets work. */
const CHUNK = 6;
const BACKLOG = 100;
/** Far more than a takeover takes on a busy machine. */
const NO_PROGRESS_MS = 120_000;

/** Runs the drill on a broker of its own. */
export async function drill(settings: DrillSettings): Promise<DrillResult> {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-kill-'));
  const broker = await startBroker({ own: true });
  try {
    return await drillOn(broker, folder, settings);
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true });
  }
}

async function drillOn(broker: Broker, folder: string, settings: DrillSettings): Promise<DrillResult> {
  const prefix = 'kill-';
  const kafka = broker.client();
  const jobOf = (name: string): DrillJob => ({ bootstrap: broker.bootstrap, applicationId: `${prefix}${name}`, topics: jobTopics(prefix, name), folder });
  const [disturbed, undisturbed] = [jobOf('disturbed'), jobOf('undisturbed')];
  await createJobTopics(kafka, disturbed.topics, PARTITIONS);
  const feed = await startFeed(kafka, { topic: disturbed.topics.segments, partitions: PARTITIONS, streams: STREAMS });
  const begun = Date.now();
  const note = (line: string): void => settings.note?.(`${((Date.now() - begun) / 1000).toFixed(1)} s: ${line}`);

  const victims = new Crew(settings.worker(disturbed), folder, 'disturbed');
  let brokerRestarts: number;
  try {
    brokerRestarts = await disturb(broker, disturbed, feed, victims, settings, note);
  } finally {
    await Promise.all([victims.kill(), feed.close()]);
  }
  const segments = feed.published() - STREAMS;
  note(`${segments} segments; now the same without disturbance`);
  // The same input, read once more by another job: every byte of its verdicts has to be the same, the position of the segment too.
  await createJobTopics(kafka, undisturbed.topics, PARTITIONS);
  const crew = new Crew(settings.worker(undisturbed), folder, 'undisturbed');
  try {
    await crew.start();
    await watchProgress(kafka, undisturbed.applicationId, undisturbed.topics.segments).until(({ committed, total }) => committed === total, NO_PROGRESS_MS, crew.explain);
    await crew.stop();
  } finally {
    await crew.kill();
  }

  const expected = await readTopic(kafka, undisturbed.topics.verdicts);
  if (expected.length !== segments) throw new Error(`the undisturbed run gave ${expected.length} verdicts for ${segments} segments:\n${crew.explain()}`);
  const actual = await readTopic(kafka, disturbed.topics.verdicts);
  const parts = [compareRecords(expected.map(withoutSource), actual.map(withoutSource))];
  if (settings.alsoCompare !== undefined) parts.push(await settings.alsoCompare(broker, disturbed.topics, undisturbed.topics));
  return { kills: settings.kills, brokerRestarts, segments, ...sumDifferences(parts) };
}

/** Runs the job until it was killed often enough, and then to its end. @returns how often the broker was restarted */
async function disturb(broker: Broker, job: DrillJob, feed: Feed, crew: Crew, settings: DrillSettings, note: (line: string) => void): Promise<number> {
  const dice = seededDice(settings.seed);
  const progress = watchProgress(broker.client(), job.applicationId, job.topics.segments);
  await feed.publish(CHUNK);
  await crew.start();
  let restarts = 0;
  for (let kills = 0; kills < settings.kills; ) {
    await moment(dice, progress, feed, crew);
    if (kills >= (restarts + 1) * (settings.brokerEvery ?? 7)) {
      restarts += 1;
      await restartBroker(broker, dice, note);
      await crew.revive();
    }
    const { committed, total } = await progress.until(() => true, NO_PROGRESS_MS, crew.explain);
    // Now and then both at once: then nobody is left who could take over, and everything starts from what was committed.
    const both = kills + 1 < settings.kills && dice.chance(0.2);
    const victims = both ? [0, 1] : [dice.pick([0, 1])];
    kills += victims.length;
    note(`kill ${kills}: worker ${victims.join(' and ')} at ${committed} of ${total} records`);
    await crew.replace(victims);
  }
  await feed.end();
  await progress.until(({ committed, total }) => committed === total, NO_PROGRESS_MS, crew.explain);
  await crew.stop();
  return restarts;
}

/** Waits for the next moment to strike, with enough work waiting. */
async function moment(dice: Dice, progress: ProgressWatch, feed: Feed, crew: Crew): Promise<void> {
  const { committed, total } = await progress.until(() => true, NO_PROGRESS_MS, crew.explain);
  if (total - committed < BACKLOG) await feed.publish(CHUNK);
  // Mostly in the middle of work, and often while a worker starts or partitions change hands.
  const middleOfWork = dice.chance(0.7);
  if (middleOfWork) await progress.until((now) => now.committed > committed, NO_PROGRESS_MS, crew.explain);
  await delay(dice.between(0, middleOfWork ? 1500 : 4000));
}

async function restartBroker(broker: Broker, dice: Dice, note: (line: string) => void): Promise<void> {
  const orderly = dice.chance(0.3);
  note(orderly ? 'the broker is restarted' : 'the broker is killed and restarted');
  if (!orderly) await broker.kill();
  await broker.restart();
}

/** The workers of one job, replaced when they are killed. */
class Crew {
  private readonly workers: Worker[] = [];

  constructor(
    private readonly command: WorkerCommand,
    private readonly folder: string,
    private readonly name: string,
  ) {}

  async start(): Promise<void> {
    for (let index = 0; index < WORKERS; index += 1) this.workers.push(await this.one(index));
  }

  private one(index: number): Promise<Worker> {
    return startWorker(this.command, join(this.folder, `${this.name}-${index}.log`));
  }

  /** Kills workers, all at the same moment, and starts others in their place. @throws when one had ended by itself */
  async replace(indices: readonly number[]): Promise<void> {
    this.check();
    await Promise.all(indices.map((index) => this.workers[index]!.end('SIGKILL')));
    for (const index of indices) this.workers[index] = await this.one(index);
  }

  /** Starts those again that found no broker when they started, as whatever supervises them would; once it runs, a worker waits for the broker. */
  async revive(): Promise<void> {
    for (const [index, worker] of this.workers.entries()) {
      if (worker.ended() !== undefined && worker.log().includes('FW_KAFKA_UNREACHABLE')) this.workers[index] = await this.one(index);
    }
  }

  /** Ends the workers in good order. @throws when one had ended by itself, or does not end with exit code 0 */
  async stop(): Promise<void> {
    this.check();
    for (const worker of this.workers) {
      const how = await worker.end('SIGTERM');
      if (how !== 'exit code 0') throw new Error(`a worker ended with ${how} after SIGTERM:\n${worker.log().slice(-4000)}`);
    }
  }

  /** Ends what is left, whatever state it is in. */
  async kill(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end('SIGKILL')));
  }

  private check(): void {
    for (const worker of this.workers) {
      const how = worker.ended();
      if (how !== undefined) throw new Error(`a worker ended by itself with ${how}:\n${worker.log().slice(-4000)}`);
    }
  }

  readonly explain = (): string => this.workers.map((worker, index) => `--- worker ${index}: ${worker.ended() ?? 'running'}\n${worker.log().slice(-3000)}`).join('\n');
}
