/** `framewitness models inspect`: what a network is made of. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { graphStatistics, layerStatistics } from '../inference/graph-statistics.js';
import { readOnnxFacts, type OnnxFacts } from '../inference/onnx-schema.js';
import { showShape } from '../inference/shapes.js';
import { describeDecision } from '../models/decision.js';
import { describePreprocessing, PREPROCESSINGS } from '../models/preprocessing.js';
import { EXIT } from './exit-codes.js';
import { chooseModel, modelCommand, NETWORKS_HELP, type ChosenModel, type NetworkFlags } from './model-argument.js';
import { table } from './table.js';
import { printable } from './text.js';

interface InspectFlags extends NetworkFlags {
  readonly json?: true;
}

/** The command; `finish` gets the exit code. */
export function modelsInspectCommand(finish: (code: number) => void): Command {
  return modelCommand('inspect')
    .description(
      'Print what goes into a network, what comes out and what it means, and its layers with the shape of what they make,\n' +
        'parameters (learnt numbers) and multiply-adds for one face or one clip; totals last. Needs no weights. Of an .onnx\n' +
        'file it prints inputs, outputs and metadata.',
    )
    .option('--json', 'print all of it as JSON')
    .addHelpText('after', `\n${NETWORKS_HELP}\n\nExamples:\n  framewitness models inspect xception --size 224\n  framewitness models inspect builtin:srm-residual-gru`)
    .action(async (names: string[], flags: InspectFlags) => {
      const [path = ''] = names;
      if (names.length === 1 && path.endsWith('.onnx')) {
        const onnx = await readOnnx(path);
        process.stdout.write(flags.json === true ? `${JSON.stringify(onnx)}\n` : `${onnxText(path, onnx)}\n`);
        finish(EXIT.ok);
        return;
      }
      const facts = factsOf(await chooseModel(names, flags));
      process.stdout.write(flags.json === true ? `${JSON.stringify(facts)}\n` : `${factsText(facts)}\n`);
      finish(EXIT.ok);
    });
}

async function readOnnx(path: string): Promise<OnnxFacts> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${path}: cannot be read`, { cause: error });
  }
  return readOnnxFacts(bytes, path);
}

function onnxText(path: string, { irVersion, producer, opset, metadata, inputs, outputs }: OnnxFacts): string {
  return [
    `${printable(path)}: ONNX, IR version ${irVersion}, operator set ${opset}, by ${printable(producer)}`,
    ...inputs.map(({ name, shape }) => `input ${printable(name)} ${showShape(shape)}`),
    ...outputs.map(({ name, shape }) => `output ${printable(name)} ${showShape(shape)}`),
    ...Object.entries(metadata).map(([key, value]) => `${printable(key)}: ${printable(value, 2000)}`),
  ].join('\n');
}

function factsOf({ network, shape, graph, range, weights }: ChosenModel) {
  const meanings = new Map(network.outputs.map(({ name, meaning }) => [name, meaning]));
  return {
    network: network.name,
    kind: network.kind,
    description: network.description,
    ...(weights === undefined ? {} : { model: weights.card.name, weightsSha256: weights.card.weights.sha256 }),
    ...(weights?.digest === undefined ? {} : { digest: weights.digest }),
    input: { shape: graph.inputs[0]?.shape ?? [], size: shape.inputSize, clipLength: shape.clipLength, sizes: network.inputSizes ?? null, clipLengths: network.clipLengths ?? null, range, preprocessing: PREPROCESSINGS[range], rule: describePreprocessing(range) },
    outputs: graph.outputs.map(({ name, value }) => ({ name, shape: value.shape, meaning: meanings.get(name) ?? '' })),
    decision: { ...network.decision, rule: describeDecision(network.decision) },
    frameDecision: network.frameDecision === undefined ? null : { ...network.frameDecision, rule: describeDecision(network.frameDecision) },
    map: network.map ?? null,
    layers: layerStatistics(graph),
    totals: graphStatistics(graph),
  };
}

type Facts = ReturnType<typeof factsOf>;

const count = (value: number): string => (value === 0 ? '' : value.toLocaleString('en-US'));

function choiceText(facts: Facts): string {
  const { sizes, clipLengths } = facts.input;
  const of = (choice: Facts['input']['sizes'], unit: string): string[] => (choice === null ? [] : [`${choice.minimum} to ${choice.maximum} ${unit}${choice.multipleOf === undefined ? '' : ` in steps of ${choice.multipleOf}`}`]);
  const others = [...of(sizes, 'pixels'), ...of(clipLengths, 'faces')];
  return others.length === 0 ? '' : `; can be built for ${others.join(' and ')}`;
}

function factsText(facts: Facts): string {
  const { network, kind, description, model, digest, weightsSha256, input, outputs, decision, frameDecision, map, layers, totals } = facts;
  const rows = [
    ...layers.map(({ name, operation, output, parameters, multiplyAdds }) => [name, operation, showShape(output), count(parameters), count(multiplyAdds)]),
    ['total', `${layers.length} layers`, '', count(totals.parameters), count(totals.multiplyAdds)],
  ];
  return [
    `${network}: ${description}`,
    ...(weightsSha256 === undefined ? [] : [`model: ${printable(model ?? '')}, weights sha256:${weightsSha256}${digest === undefined ? '' : `, digest in verdicts ${digest}`}`]),
    `input: ${showShape(input.shape)}, ${kind === 'clip' ? 'faces of a track in order' : 'one face'}${choiceText(facts)}`,
    `preprocessing: ${input.range}: ${input.rule}`,
    ...outputs.map(({ name, shape, meaning }) => `output ${name} ${showShape(shape)}: ${meaning}`),
    `decision: ${decision.rule}`,
    ...(frameDecision === null ? [] : [`of each face: ${frameDecision.rule}`]),
    ...(map === null ? [] : [`map: ${map.output}, ${map.meaning}`]),
    table(['layer', 'operation', 'makes', 'parameters', 'multiply-adds'], rows),
  ].join('\n');
}
