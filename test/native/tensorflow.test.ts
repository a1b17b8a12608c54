import { checkGradientsAgree, checkOperations } from '../inference/tensorflow/checks.js';
import { checkServing } from '../inference/tensorflow/serving.js';
import { checkTraining } from '../inference/tensorflow/training.js';

await checkOperations('node');
await checkGradientsAgree('node');
await checkTraining('node');
checkServing('node');
