import { checkGradientsByDifferences, checkOperations } from './checks.js';
import { checkTraining } from './training.js';

await checkOperations('cpu');
await checkGradientsByDifferences('cpu');
await checkTraining('cpu');
