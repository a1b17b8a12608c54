/** docker-compose.yml, the Dockerfile and the files that containers are given. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { Copy, From } from 'dockerfile-ast';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { loadTopology } from '../../src/topology/load.js';
import { REPOSITORY } from '../support/sample.js';
import { INSTRUCTIONS, SERVICES, dockerfileStrings, service, textOf, yamlOf, type Service } from './compose-file.js';

/** What is off is style: the order of keys and services, here the order in which one reads them; and the quotes around list items. */
const STYLE = ['service-keys-order', 'services-alphabetical-order', 'top-level-properties-order', 'require-quotes-in-ports'];

interface Lint {
  readonly messages: readonly { readonly rule: string; readonly line: number; readonly message: string }[];
}

/** What the linter finds in a Compose file; it has the specification's schema. Its command, because its library form does not load its rules. */
function lint(path: string): readonly string[] {
  const program = join(dirname(createRequire(import.meta.url).resolve('dclint/package.json')), 'bin/dclint.cjs');
  const { stdout, stderr } = spawnSync(process.execPath, [program, '--formatter', 'json', path], { cwd: REPOSITORY, encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  const [result] = JSON.parse(stdout) as readonly Lint[];
  return result!.messages.filter(({ rule }) => !STYLE.includes(rule)).map(({ rule, line, message }) => `${line}: ${rule}: ${message}`);
}

/** Services that run framewitness. */
const OURS = Object.entries(SERVICES).filter(([, { build }]) => build !== undefined);

/** Paths `HOST:CONTAINER` of files and folders that a service is given, without named volumes. */
const bindsOf = ({ volumes = [] }: Service): readonly [string, string][] => volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':').slice(0, 2) as [string, string]);

/** Ports inside the network of the services that a service listens on. */
const portsOf = ({ ports = [], expose = [] }: Service): readonly string[] => [...ports.map((port) => port.split(':').at(-1)!), ...expose];

describe('docker-compose.yml', () => {
  test('is what the Compose specification allows, and has no mistake that its linter knows', () => {
    assert.deepEqual(lint('docker-compose.yml'), []);
  });

  test('would be found wrong with a key that the specification does not know', () => {
    assert.match(lint('test/fixtures/docker/wrong-compose.yml').join('\n'), /invalid-schema.*additional properties/);
  });

  test('pins every image to a release', () => {
    for (const [name, { image, build }] of Object.entries(SERVICES)) {
      if (build === undefined) assert.match(image, /^[a-z/-]+:v?\d+\.\d+\.\d+$/, name);
    }
  });

  test('publishes ports on this machine only', () => {
    for (const [name, { ports = [] }] of Object.entries(SERVICES)) for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
  });

  test('gives containers files that are there', () => {
    for (const [name, each] of Object.entries(SERVICES)) for (const [host] of bindsOf(each)) assert.ok(existsSync(join(REPOSITORY, host)), `${name}: ${host}`);
  });

  test('runs framewitness on a root that cannot be written, with a folder for temporary files', () => {
    assert.deepEqual(OURS.map(([name]) => name), ['topics', 'framewitness', 'demonstration-feed']);
    for (const [name, { read_only, tmpfs }] of OURS) assert.deepEqual([read_only, tmpfs], [true, ['/tmp']], name);
  });

  test('names ports that the other service listens on, wherever one names another', () => {
    const texts = ['docker-compose.yml', 'docker/topology.yaml', 'docker/prometheus.yml', 'docker/otel-collector.yaml', 'docker/grafana/provisioning/datasources/prometheus.yaml'].map((path) => JSON.stringify(yamlOf(path)));
    const named = texts.flatMap((text) => [...text.matchAll(/(?<![\w/.-])([a-z-]+):(\d{4,5})\b/g), ...text.matchAll(/\/\/([a-z-]+):(\d{4,5})\b/g)]).filter(([, host]) => host! in SERVICES);
    assert.ok(named.length >= 6, String(named.length));
    const kafka = service('kafka');
    for (const [, host, port] of named) {
      const open = host === 'kafka' ? [...String(kafka.environment!['KAFKA_LISTENERS']).matchAll(/:(\d+)/g)].map(([, number]) => number!) : portsOf(service(host!));
      assert.ok(open.includes(port!), `${host}:${port}; it listens on ${open.join(', ')}`);
    }
  });
});

describe('the configuration of the other containers', () => {
  test('has Prometheus ask each worker, at the port that it exposes, that its command opens and that the health check asks', () => {
    const { scrape_configs: jobs } = yamlOf('docker/prometheus.yml') as { scrape_configs: readonly { job_name: string; dns_sd_configs?: readonly { names: readonly string[]; port: number }[] }[] };
    const [lookup] = jobs.find(({ job_name }) => job_name === 'framewitness')!.dns_sd_configs!;
    assert.deepEqual(lookup!.names, ['framewitness']);
    assert.deepEqual(portsOf(service('framewitness')), [String(lookup!.port)]);
    assert.ok(service('framewitness').command!.join(' ').includes(`--metrics-host 0.0.0.0 --metrics-port ${lookup!.port}`));
    assert.ok(dockerfileStrings('HEALTHCHECK').join(' ').includes(`:${lookup!.port}/healthz`));
  });

  test('has a pipeline of the collector that names parts that it defines, and the ports that it exposes', () => {
    const collector = yamlOf('docker/otel-collector.yaml') as Record<'receivers' | 'processors' | 'exporters', Record<string, unknown>> & { service: { pipelines: Record<string, Record<'receivers' | 'processors' | 'exporters', readonly string[]>> } };
    const pipelines = Object.values(collector.service.pipelines);
    assert.ok(pipelines.length > 0);
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      assert.deepEqual([...new Set(pipelines.flatMap((pipeline) => pipeline[kind]))].sort(), Object.keys(collector[kind]).sort(), kind);
    }
    const listening = [...JSON.stringify(collector).matchAll(/0\.0\.0\.0:(\d+)|"port":(\d+)/g)].map(([, a, b]) => a ?? b);
    assert.deepEqual(listening.sort(), [...portsOf(service('otel-collector'))].sort());
  });

  test('gives the topology of the containers the verdicts of the shipped one', () => {
    assert.equal(loadTopology(join(REPOSITORY, 'docker/topology.yaml')).digest, loadTopology(join(REPOSITORY, 'topology.yaml')).digest);
  });
});

describe('the Dockerfile', () => {
  test('has no mistake that its linter knows', () => {
    const found = validate(textOf('Dockerfile'), { deprecatedMaintainer: ValidationSeverity.ERROR });
    assert.deepEqual(found.map(({ range, message }) => `${range.start.line + 1}: ${JSON.stringify(message)}`), []);
    assert.notDeepEqual(validate(`${textOf('Dockerfile')}\nEXPOSE many`), []);
  });

  test('starts from a pinned release of the Node that the package asks for, and ends as a user that is not root', () => {
    const froms = INSTRUCTIONS.filter((each) => each instanceof From);
    assert.equal(froms.length, 2);
    for (const from of froms) assert.match(from.getImage()!, /^node:20\.\d+\.\d+-[a-z]+-slim$/);
    assert.equal(INSTRUCTIONS.filter((each) => each.getKeyword() === 'USER').at(-1)!.getArgumentsContent(), '1000:1000');
  });

  test('copies what is there, and what .dockerignore lets through', () => {
    const allowed = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = INSTRUCTIONS.filter((each) => each instanceof Copy && each.getFromFlag() === null)
      .flatMap((each) => each.getArguments().map((argument) => argument.getValue()).slice(0, -1));
    for (const path of copied) assert.ok(existsSync(join(REPOSITORY, path)), path);
    assert.deepEqual([...new Set(copied)].sort(), [...allowed].sort());
  });

  test('copies everything that the published package has and a container can use', () => {
    const { files } = createRequire(import.meta.url)('../../package.json') as { files: readonly string[] };
    const text = textOf('Dockerfile');
    for (const file of files) if (file !== 'docs') assert.ok(text.includes(file), file);
  });
});
