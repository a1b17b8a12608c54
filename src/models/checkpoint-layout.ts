/** How a published checkpoint differs from what a network's graph asks for. Plain data; `bindCheckpoint` follows it. */

/** Layers of a Keras file, in the order in which they were created (by the number in their names), as our modules. */
export interface KerasLayout {
  /** `kernel` H × W × in × out and `bias`, to `weight` out × in × H × W and `bias`. */
  readonly conv2d?: readonly string[];
  /** `gamma`, `beta`, `moving_mean`, `moving_variance`, to `weight`, `bias`, `running_mean`, `running_var`. */
  readonly batch_normalization?: readonly string[];
  /** `kernel` in × out and `bias`, to `weight` out × in and `bias`. What was flattened before is in channel-last order. */
  readonly dense?: readonly string[];
}

/** Differences between checkpoints and graph. */
export interface CheckpointLayout {
  /** Beginnings of keys that checkpoints have and no output needs: `decoder.`, `srm_conv0.kernel`. Nothing else is passed over. */
  readonly unused?: readonly string[];
  /** Other beginnings under which the same tensors are published, and what they stand for: `{ from: 'last_linear.1.', to: 'last_linear.' }`. */
  readonly renamed?: readonly { readonly from: string; readonly to: string }[];
  /** Present where weights are published in Keras files. */
  readonly keras?: KerasLayout;
}
