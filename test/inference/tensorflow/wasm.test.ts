import { checkGradientsAgree, checkOperations } from './checks.js';
import { checkServing } from './serving.js';
import { checkTraining } from './training.js';

await checkOperations('wasm');
await checkGradientsAgree('wasm');
await checkTraining('wasm');
checkServing('wasm');
