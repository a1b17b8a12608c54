// Loads a native TensorFlow.js package by its folder and multiplies two numbers with it; the exit code says whether that worked.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const util = require('node:util');
// Node 23 dropped these two, which the package still calls.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
try {
  const tf = require(process.argv[2]);
  if (tf.mul(6, 7).dataSync()[0] !== 42) throw new Error('6 × 7 is not 42 there');
} catch (error) {
  console.error(`${process.argv[2]} does not load: ${error.message}`);
  process.exit(1);
}
