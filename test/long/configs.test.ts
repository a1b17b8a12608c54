/** The configurations of the variants and of the other large networks take steps; published systems are in test/native. */
import { configurationTests, SYSTEMS } from '../training/train/configuration-tests.js';

configurationTests((network) => !SYSTEMS.includes(network));
