/** TensorFlow.js as the executor sees it: the core package's names, whichever package they were loaded from. */
import type * as TensorflowCore from '@tensorflow/tfjs-core';

/** The core module. Loaded late, because few commands need it; hence passed around and never imported for its values. */
export type Tf = typeof TensorflowCore;
/** A tensor of the engine; its memory is the back end's until it is disposed of. */
export type Tensor = TensorflowCore.Tensor;
/** A tensor whose values an optimiser may change. */
export type Variable = TensorflowCore.Variable;
