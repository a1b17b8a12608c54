/** Java, and Kafka's own jars from Maven Central, which `pom.xml` names. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/framewitness/', import.meta.url));
/** Kafka 4 runs on nothing older. */
const OLDEST_JAVA = 17;

/** What to do where no broker can be started. */
export const HOW_TO_GET_A_BROKER =
  'The tests need a real Kafka: run "npm run setup", or install Java 17 or later and Maven (Debian: apt install default-jre-headless maven), ' +
  'or start Docker. Tests that do not kill their broker also run on an empty one that FRAMEWITNESS_TEST_KAFKA names as host:port.';

/** How to start a Java program that has Kafka's classes. */
export interface Java {
  readonly command: string;
  readonly classPath: string;
}

/** Finds Java and the jars; Maven fetches those that are not in its repository yet. @throws a sentence that says what to install */
export async function findJava(): Promise<Java> {
  const home = process.env['JAVA_HOME'];
  const command = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const version = await run(command, ['-version']).then(({ stderr }) => Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0), () => undefined);
  if (version === undefined) throw new Error(`There is no Java (${command} does not run). ${HOW_TO_GET_A_BROKER}`);
  if (version < OLDEST_JAVA) throw new Error(`${command} is Java ${version}, and Kafka needs ${OLDEST_JAVA} or later. ${HOW_TO_GET_A_BROKER}`);
  return { command, classPath: await findClassPath() };
}

async function findClassPath(): Promise<string> {
  // Another pom is another class path. Maven takes seconds to start, so what it said is kept for as long as the jars are there.
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const kept = join(CACHE, `broker-class-path-${digest}.txt`);
  const known = existsSync(kept) ? readFileSync(kept, 'utf8').trim() : '';
  if (known !== '' && known.split(delimiter).every((jar) => existsSync(jar))) return known;
  mkdirSync(CACHE, { recursive: true });
  // Test files start at the same time: each writes a name of its own, and the last rename wins with the same text.
  const draft = join(CACHE, `.draft-${randomBytes(6).toString('hex')}`);
  const ask = async (more: readonly string[]): Promise<void> => {
    await run('mvn', ['-q', '-B', ...more, '-f', POM, 'dependency:build-classpath', `-Dmdep.outputFile=${draft}`]);
  };
  try {
    // First without asking Maven Central about what is there already.
    await ask(['-o']).catch(() => ask([]));
    renameSync(draft, kept);
  } catch (cause) {
    const { code, stdout } = cause as { code?: unknown; stdout?: string };
    const why = code === 'ENOENT' ? 'There is no Maven (mvn does not run).' : `Maven could not fetch Kafka:\n${(stdout ?? String(cause)).trim()}\n`;
    throw new Error(`${why} ${HOW_TO_GET_A_BROKER}`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(kept, 'utf8').trim();
}
