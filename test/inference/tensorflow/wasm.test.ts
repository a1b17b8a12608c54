import { checkGradientsAgree, checkOperations } from './checks.js';

await checkOperations('wasm');
await checkGradientsAgree('wasm');
