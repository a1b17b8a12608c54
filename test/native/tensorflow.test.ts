import { checkGradientsAgree, checkOperations } from '../inference/tensorflow/checks.js';
import { checkTraining } from '../inference/tensorflow/training.js';

await checkOperations('node');
await checkGradientsAgree('node');
await checkTraining('node');
