/** `framewitness run`: segments from Kafka in, verdicts out, each exactly once. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { countingObserver } from '../topology/build/job/events.js';
import { runJob } from '../topology/build/job/open.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { LOG_LEVELS, logJob, streamLogger, type LogLevel } from './job-log.js';
import { startTelemetry, telemetryOptions, type TelemetryOptions } from './telemetry.js';
import { TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';
import type { JobHealth } from '../topology/build/job/health.js';

interface RunOptions extends TelemetryOptions {
  readonly topology: string;
  readonly workers?: number;
  readonly logLevel: LogLevel;
  readonly json?: true;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number, 1 or more.');
  return value;
}

/** The command; `finish` gets the exit code. */
export function runCommand(finish: (code: number) => void): Command {
  const command = new Command('run')
    .description('Judge the segments that come on a Kafka topic, exactly once, until told to stop.')
    .option('-t, --topology <file>', 'the topology to run; it needs a transport.kafka section', TOPOLOGY)
    .option('-w, --workers <n>', 'worker processes (default: as the topology says, one a core); the verdicts do not depend on it', positiveInteger)
    .addOption(new Option('--log-level <level>', 'least level of the lines on standard error').choices(LOG_LEVELS).default('info'))
    .option('--json', 'log lines, and the counts at the end, as JSON')
    .addHelpText(
      'after',
      `
Examples:
  framewitness topics create --topology live.yaml
  framewitness run --topology live.yaml

Start it on as many machines as you like, up to one a partition: they share the partitions, and take over from one another
when one ends. Verdicts, stream verdicts, alerts, dead letters, state and the place in the input are committed in one
transaction, so that nothing is lost or said twice, whatever is killed and whenever. See docs/reference/kafka.md.

SIGTERM or Ctrl-C finishes the segments under way, commits them, leaves the group and exits with 0; a second one ends at
once (130), which loses nothing either. Brokers that do not answer are waited for, for as long as it takes, once the job
runs. Wrong settings, missing rights and topics that do not fit exit with 2.`,
    )
    .action(async (options: RunOptions) => {
      finish(await run(options));
    });
  for (const option of telemetryOptions()) command.addOption(option);
  return command;
}

async function run(options: RunOptions): Promise<number> {
  const logger = streamLogger(process.stderr, options.logLevel, options.json === true);
  const loaded = loadTopologyWithNotes(options.topology, (line) => {
    logger.warn(line);
  });
  let health: JobHealth | undefined;
  const starting = [{ name: 'job', ok: false, detail: 'starting' }];
  const source = { live: () => health?.live() ?? [], ready: () => health?.ready() ?? starting };
  const telemetry = await startTelemetry('run', loaded, options, source, logger);
  const { counts, observe: count } = countingObserver();
  const log = logJob(logger);
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const interrupted = onInterrupt(() => {
    logger.info('stopping: finishing the segments under way (a second signal ends at once)');
    stop();
  });
  try {
    await runJob(loaded, {
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      logger,
      observe: (event) => {
        count(event);
        log(event);
      },
      stop: stopped,
      onHealth: (its) => {
        health = its;
      },
      onReady: () => {
        logger.info('ready', { topology: loaded.topology.name, digest: loaded.digest });
      },
    });
  } finally {
    interrupted.stopListening();
    await telemetry.close();
  }
  logger.info('stopped', { ...counts });
  if (options.json === true) process.stdout.write(`${JSON.stringify(counts)}\n`);
  return EXIT.ok;
}
