/** The kill drill on the real job. */
import type { Broker } from '../broker/broker.js';
import { readTopic, type StoredRecord } from '../broker/topics.js';
import { compareRecords, sumDifferences, withoutSource, type Differences } from '../job/checker.js';
import { writeJobTopology } from '../job/topology.js';
import type { JobTopics } from '../job/topics.js';
import { runCommand } from '../job/worker.js';
import { drill, type DrillResult } from './drill.js';

/** Runs `framewitness run` through the drill: verdicts, alerts, dead letters and the last word on each stream. */
export function jobDrill(kills: number, seed: number, note: (line: string) => void): Promise<DrillResult> {
  return drill({
    kills,
    seed,
    note,
    worker: ({ bootstrap, applicationId, topics, folder }) => runCommand(writeJobTopology(folder, { bootstrap, applicationId, topics })),
    alsoCompare,
  });
}

/** The line that a drill ends with. */
export function summary({ kills, lost, doubled, differing }: DrillResult): string {
  return `kills: ${kills} lost: ${lost.length} doubled: ${doubled.length} differing: ${differing.length}`;
}

/** What names an event: its CloudEvents id, in its topic. */
const eventName = ({ headers }: StoredRecord): string => headers['ce_id'] ?? 'no id';

async function alsoCompare(broker: Broker, disturbed: JobTopics, undisturbed: JobTopics): Promise<Differences> {
  const kafka = broker.client();
  const read = async (topic: string): Promise<readonly StoredRecord[]> => (await readTopic(kafka, topic)).map(withoutSource);
  const alerts = compareRecords(await read(undisturbed.alerts), await read(disturbed.alerts), eventName);
  const deadLetters = compareRecords(await read(undisturbed.deadLetters), await read(disturbed.deadLetters), eventName);
  // How often a stream was spoken of depends on which segments were committed together; the last word does not.
  const [expected, found] = await Promise.all([read(undisturbed.streams), read(disturbed.streams)]);
  return sumDifferences([alerts, deadLetters, compareRecords(lastOfEach(expected), lastOfEach(found), streamName)]);
}

const streamName = ({ key }: StoredRecord): string => `last word on ${String(key)}`;

function lastOfEach(records: readonly StoredRecord[]): readonly StoredRecord[] {
  return [...new Map(records.map((record) => [String(record.key), record])).values()];
}
