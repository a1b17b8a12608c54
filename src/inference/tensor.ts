/** A dense float32 tensor, row-major. */
export interface FloatTensor {
  /** As many values as the product of `dims`. */
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
