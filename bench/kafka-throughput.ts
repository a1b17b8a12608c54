/** The Kafka job against `scan` on the same segments, and two workers on two partitions against one. `npx tsx bench/kafka-throughput.ts [SECONDS]` */
import { startBroker } from '../test/broker/broker.js';
import { cutSegments, drain, makeJob, publish, record } from './kafka-support.js';
import { longClip, measure, median, scanArgs } from './support.js';

const seconds = Number(process.argv[2] ?? 180);
const ROUNDS = 2;
const STREAMS = 4;
const clip = longClip(seconds);
const segments = await cutSegments(clip);
const broker = await startBroker({ own: true, heapMegabytes: 512 });
try {
  const kafka = broker.client();
  const one = await makeJob(broker, 'one-stream', 2);
  await publish(kafka, one.topics.segments, segments.map(({ media, ptsStartMicros }, sequence) => record('clip', sequence, ptsStartMicros, media, 0)));
  const against: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const scan = await measure(process.execPath, scanArgs(clip, 'scan.jsonl', ['--workers', '2']));
    // Another job each time: what one has committed, it does not do again.
    const job = await drain(broker, await makeJob(broker, `one-stream-${round}`, 2, one.topics.segments), 1, 2);
    against.push(scan.seconds / job);
    console.log(`round ${round + 1}: ${segments.length} segments, scan ${scan.seconds.toFixed(2)} s, Kafka job ${job.toFixed(2)} s, ratio ${(scan.seconds / job).toFixed(2)}`);
  }

  const many = await makeJob(broker, 'streams', 2);
  const spread = segments.flatMap(({ media, ptsStartMicros }, index) => {
    const sequence = Math.floor(index / STREAMS);
    return [record(`clip-${index % STREAMS}`, sequence, Math.floor(ptsStartMicros / STREAMS), media, index % 2)];
  });
  await publish(kafka, many.topics.segments, spread);
  const workers: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const single = await drain(broker, await makeJob(broker, `streams-1-${round}`, 2, many.topics.segments), 1, 1);
    const double = await drain(broker, await makeJob(broker, `streams-2-${round}`, 2, many.topics.segments), 2, 1);
    workers.push(single / double);
    console.log(`round ${round + 1}: one worker ${single.toFixed(2)} s, two workers ${double.toFixed(2)} s, ratio ${(single / double).toFixed(2)}`);
  }
  console.log(`Kafka job against scan: median ratio ${median(against).toFixed(2)} (goal 0.95); two workers against one: ${median(workers).toFixed(2)} (goal 1.7)`);
} finally {
  await broker.stop();
}
