import { checkGradientsByDifferences, checkOperations } from './checks.js';

await checkOperations('cpu');
await checkGradientsByDifferences('cpu');
