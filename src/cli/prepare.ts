/** `framewitness prepare`: data sets into manifests and faces. */
import { Command } from 'commander';
import { LAYOUTS } from '../training/prepare/layouts/read-layout.js';
import { prepareCropsCommand } from './prepare-crops.js';
import { prepareLayoutCommand } from './prepare-layout.js';
import { prepareTableCommand } from './prepare-table.js';
import { prepareVariantsCommand } from './prepare-variants.js';

/** The command group; `finish` gets the exit code. */
export function prepareCommand(finish: (code: number) => void): Command {
  const group = new Command('prepare').description('Data sets into manifests (lists of labelled videos and pictures that train and evaluate read), and faces cut out of them.');
  for (const layout of LAYOUTS) group.addCommand(prepareLayoutCommand(layout, finish));
  return group.addCommand(prepareTableCommand(finish)).addCommand(prepareCropsCommand(finish)).addCommand(prepareVariantsCommand(finish));
}
