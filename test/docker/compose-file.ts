/** What docker-compose.yml and the Dockerfile say, as Docker would take it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { parse } from 'yaml';
import { REPOSITORY } from '../support/sample.js';

/** A service, so far as the tests look at it. */
export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly expose?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[];
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
}

/** A file of the repository, as text. */
export const textOf = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

/** A YAML file of the repository, with its merge keys resolved. */
export const yamlOf = (path: string): unknown => parse(textOf(path), { merge: true, strict: true });

/** The services of docker-compose.yml by name. */
export const SERVICES = (yamlOf('docker-compose.yml') as { services: Readonly<Record<string, Service>> }).services;

/** A service by name. @throws when there is none */
export function service(name: string): Service {
  const found = SERVICES[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** The instructions of the Dockerfile. */
export const INSTRUCTIONS: readonly Instruction[] = DockerfileParser.parse(textOf('Dockerfile')).getInstructions();

/** The strings of the Dockerfile's last instruction of this name that is written as a JSON array. */
export function dockerfileStrings(keyword: 'ENTRYPOINT' | 'HEALTHCHECK'): readonly string[] {
  const instruction = INSTRUCTIONS.filter((each) => each.getKeyword() === keyword).at(-1);
  if (instruction === undefined) throw new Error(`the Dockerfile has no ${keyword}`);
  const strings = /\[.*\]/s.exec(instruction.getRawArgumentsContent() ?? '')?.[0];
  if (strings === undefined) throw new Error(`${keyword} of the Dockerfile is not written as a JSON array: a shell would take its signals`);
  return JSON.parse(strings) as readonly string[];
}

/** `${NAME:-default}` as Compose puts it in. */
const interpolate = (text: string, given: Readonly<Record<string, string>>): string => text.replace(/\$\{([A-Z_]+):-([^}]*)\}/g, (_, name: string, fallback: string) => given[name] ?? fallback);

/** The command line and the environment that a container of the service has. @param given - variables of the shell that calls Compose */
export function processOf(name: string, given: Readonly<Record<string, string>> = {}): { readonly argv: readonly string[]; readonly environment: Readonly<Record<string, string>> } {
  const { entrypoint, command, environment } = service(name);
  return {
    // A service's entrypoint takes the image's command away, as Compose says.
    argv: [...(entrypoint ?? dockerfileStrings('ENTRYPOINT')), ...(command ?? [])],
    environment: Object.fromEntries(Object.entries(environment ?? {}).map(([key, value]) => [key, interpolate(String(value), given)])),
  };
}
