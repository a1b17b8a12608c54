/** The configurations of the published systems take steps. Those of their variants do in test/long, those of small networks in test/training. */
import { configurationTests, SYSTEMS } from '../training/train/configuration-tests.js';

configurationTests((network) => SYSTEMS.includes(network));
