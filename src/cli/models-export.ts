/** `framewitness models export`: a model as ONNX, for other programs. */
import { Command, Option } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { ONNX_OPSET } from '../inference/onnx-schema.js';
import { showShape } from '../inference/shapes.js';
import { exportOnnx, type ExportSource } from '../models/export-onnx.js';
import type { Precision } from '../models/load.js';
import { parityParameters } from '../models/parity.js';
import { SOFTWARE } from '../topology/build/software.js';
import { EXIT } from './exit-codes.js';
import { chooseModel, modelCommand, NETWORKS_HELP, type ChosenModel, type NetworkFlags } from './model-argument.js';
import { writeWhole } from './output-file.js';
import { printable } from './text.js';

interface ExportFlags extends NetworkFlags {
  readonly out: string;
  readonly precision: Precision;
  readonly allOutputs?: true;
  readonly randomWeights?: string;
  readonly json?: true;
}

/** The command; `finish` gets the exit code. */
export function modelsExportCommand(finish: (code: number) => void): Command {
  return modelCommand('export')
    .description(
      'Write a model as an ONNX file for other programs. Batch size is left open, and the clip length where the network allows\n' +
        'it. Preprocessing, meaning of the outputs, decision rule, calibration, digest and licence are in the metadata of the file.',
    )
    .requiredOption('--out <FILE>', 'the .onnx file')
    .addOption(new Option('--precision <NAME>', 'int8 needs a card with a quantisation').choices(['float32', 'int8']).default('float32'))
    .option('--all-outputs', 'outputs that only training reads too, not only those of decision and map')
    .option('--random-weights <SEED>', 'of a network without weights: give it some, the same for the same seed, to try the file out')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', `\n${NETWORKS_HELP}\n\nExamples:\n  framewitness models export builtin:srm-residual --out srm-residual.onnx\n  framewitness models export Meso4_DF.h5 --network meso4-keras --out meso4.onnx\n  framewitness models export xception --random-weights 1 --out xception.onnx`)
    .action(async (names: string[], flags: ExportFlags) => {
      const source = exportSource(await chooseModel(names, flags, flags.precision), flags);
      const { onnx, metadata, graph } = exportOnnx(source, {
        precision: flags.precision,
        allOutputs: flags.allOutputs === true,
        anyLength: flags.clipLength === undefined,
        software: `${SOFTWARE.name} ${SOFTWARE.version}`,
      });
      await writeWhole(flags.out, onnx);
      const written = { file: flags.out, bytes: onnx.length, opset: ONNX_OPSET, inputs: graph.inputs.map(({ name, shape }) => ({ name, shape })), outputs: graph.outputs.map(({ name, value: { shape } }) => ({ name, shape })) };
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...written, metadata })}\n`);
      else {
        const shapes = (values: typeof written.inputs): string => values.map(({ name, shape }) => `${name} ${showShape(shape)}`).join(', ');
        process.stdout.write(`wrote ${printable(flags.out)}: ${onnx.length} bytes, ${flags.precision}, operator set ${ONNX_OPSET}\n`);
        process.stdout.write(`input ${shapes(written.inputs)}\noutput ${shapes(written.outputs)}\n`);
        if (source.seed !== undefined) process.stdout.write('the weights are random: its scores say nothing\n');
      }
      finish(EXIT.ok);
    });
}

function exportSource({ network, shape, graph, range, weights }: ChosenModel, { precision, allOutputs, randomWeights }: ExportFlags): ExportSource {
  if (precision === 'int8' && allOutputs === true) throw new FramewitnessError('FW_USAGE', '--all-outputs is for float32: nothing was measured of what leads to the other outputs');
  if (weights !== undefined && randomWeights !== undefined) throw new FramewitnessError('FW_USAGE', '--random-weights is for a network by its name: this model has weights');
  if (precision === 'int8' && weights?.card.quantisation === undefined) {
    throw new FramewitnessError('FW_PRECISION_MISSING', `${network.name}: int8 needs a card with a quantisation: import the weights, then framewitness models quantise CARD`);
  }
  if (weights !== undefined) return { network, shape, graph, range, ...weights };
  if (randomWeights === undefined) {
    throw new FramewitnessError('FW_USAGE', `${network.name} is a network without weights: name a card (builtin:NAME or a path), a checkpoint with --network ${network.name}, or try it with --random-weights SEED`);
  }
  return { network, shape, graph, range, parameters: parityParameters(graph, randomWeights, 1), seed: randomWeights };
}
