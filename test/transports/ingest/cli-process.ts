/** Runs the command line from the sources, as a process of its own. */
import { main } from '../../../src/cli/main.js';

process.exit(await main(process.argv));
