/** `framewitness models check`: networks against published numbers. */
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { FramewitnessError } from '../domain/errors.js';
import { emitOnnx } from '../inference/onnx-emitter.js';
import { createSession } from '../inference/onnx-runtime.js';
import { servingGraph } from '../inference/serving-graph.js';
import { TENSORFLOW_BACKENDS, type TensorflowBackendChoice } from '../inference/tensorflow/backends.js';
import { createTensorflowSession } from '../inference/tensorflow/session.js';
import { checkParity, PARITY_TOLERANCE, type OpenNetwork, type ParityResult, type TensorComparison } from '../models/parity-check.js';
import { readFixtures, type FixtureFile } from '../models/parity-fixture.js';
import { findFixtureNetwork } from '../models/registry.js';
import { EXIT } from './exit-codes.js';
import { table } from './table.js';
import { printable } from './text.js';

/** What can run a network here, by the name of the option. */
const EXECUTORS: Readonly<Record<string, (backend: TensorflowBackendChoice) => OpenNetwork>> = {
  onnx: () => (graph, parameters) => createSession(emitOnnx(servingGraph(graph, parameters)), { name: graph.name }),
  tfjs: (backend) => (graph, parameters) => createTensorflowSession(graph, parameters, { backend }),
};

/** A result, or why there is none. */
type Outcome = ParityResult | { readonly model: string; readonly agrees: false; readonly problem: string };

interface CheckOptions {
  readonly fixtures: string;
  readonly executor: string;
  readonly backend: TensorflowBackendChoice;
  readonly model?: string;
  readonly json?: true;
}

/** The command; `finish` gets the exit code. */
export function modelsCheckCommand(finish: (code: number) => void): Command {
  return new Command('check')
    .description(
      'Check networks against published numbers: each fixture of a folder (*.json) holds what the published network gives\n' +
        'on weights and input made from a seed. Prints the largest error of each output, relative to its rms, and the first\n' +
        'inner layer at which the two part. One network at a time, so memory is that of the largest.',
    )
    .requiredOption('--fixtures <FOLDER>', 'the folder')
    .addOption(new Option('--executor <NAME>', 'what runs the networks').choices(Object.keys(EXECUTORS)).default('onnx'))
    .addOption(new Option('--backend <NAME>', 'what tfjs runs on').choices(['auto', ...TENSORFLOW_BACKENDS]).default('auto'))
    .option('--model <NAME>', 'only the fixture of that model')
    .option('--json', 'print the results as a JSON array')
    .addHelpText('after', `\nAgreement is an error of at most ${PARITY_TOLERANCE} for every output and layer. Then the exit code is 0, else 5.`)
    .action(async ({ fixtures, executor, backend, model, json }: CheckOptions) => {
      const chosen = (await readFixtures(fixtures)).filter(({ fixture }) => model === undefined || fixture.model === model);
      if (chosen.length === 0) throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${fixtures}: there is no fixture of the model ${model ?? ''}`);
      const open = EXECUTORS[executor]?.(backend);
      if (open === undefined) throw new FramewitnessError('FW_USAGE', `there is no executor ${executor}`);
      const outcomes: Outcome[] = [];
      for (const file of chosen) {
        const outcome = await check(file, open);
        outcomes.push(outcome);
        if (json !== true) process.stdout.write(`${outcomeText(outcome)}\n`);
      }
      if (json === true) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
      else process.stdout.write(`${outcomes.filter(({ agrees }) => agrees).length} of ${outcomes.length} agree (${executor})\n`);
      finish(outcomes.every(({ agrees }) => agrees) ? EXIT.ok : EXIT.mismatch);
    });
}

/** One fixture. What makes a network impossible to run is that network's outcome, not the end of the run. */
async function check({ fixture }: FixtureFile, open: OpenNetwork): Promise<Outcome> {
  const network = findFixtureNetwork(fixture.model);
  if (network === undefined) return { model: fixture.model, agrees: false, problem: 'no network of that name is registered' };
  try {
    return await checkParity(fixture, network, open);
  } catch (error) {
    const { code, message } = FramewitnessError.from(error, 'FW_MODEL_FAILED');
    return { model: fixture.model, agrees: false, problem: `${code}: ${message}` };
  }
}

function word(agrees: boolean): string {
  return agrees ? pc.green('agrees') : pc.red('parts');
}

function row({ name, error, compared, problem, agrees }: TensorComparison): string[] {
  return [name, error === null ? '' : error.toExponential(1), String(compared), word(agrees), problem ?? ''];
}

function outcomeText(outcome: Outcome): string {
  const heading = `${word(outcome.agrees)} ${printable(outcome.model, 80)}`;
  if ('problem' in outcome) return `${heading}: ${outcome.problem}`;
  const { network, outputs, omittedOutputs, probes, unmatchedProbes, partsAt } = outcome;
  const worst = Math.max(0, ...probes.map(({ error }) => error ?? Infinity));
  const lines = [
    `${heading} (network ${network})`,
    table(['output', 'error', 'values', '', ''], outputs.map(row)),
    ...(omittedOutputs.length > 0 ? [`not built, because nothing needs them: ${omittedOutputs.join(', ')}`] : []),
    partsAt === null ? `${probes.length} layers agree, largest error ${worst.toExponential(1)}` : `first layer that parts: ${partsAt} ${partsText(probes.find(({ name }) => name === partsAt))}`,
    ...(unmatchedProbes.length > 0 ? [`${unmatchedProbes.length} probes have no layer of that name: ${unmatchedProbes.join(', ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function partsText(comparison: TensorComparison | undefined): string {
  return comparison === undefined ? '' : `(${comparison.problem ?? `error ${comparison.error?.toExponential(1) ?? 'unknown'}`})`;
}
