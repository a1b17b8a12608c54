/** `framewitness prepare`: data sets into manifests. */
import { Command } from 'commander';
import { prepareCropsCommand } from './prepare-crops.js';
import { prepareTableCommand } from './prepare-table.js';

/** The command group; `finish` gets the exit code. */
export function prepareCommand(finish: (code: number) => void): Command {
  return new Command('prepare').description('Data sets into manifests: lists of labelled videos and pictures that train and evaluate read.').addCommand(prepareTableCommand(finish)).addCommand(prepareCropsCommand(finish));
}
