/** A test process that starts a broker and dies without tidying up. Prints the broker's address. */
import { startBroker } from './broker.js';

const broker = await startBroker({ own: true });
process.stdout.write(broker.bootstrap, () => process.kill(process.pid, 'SIGKILL'));
