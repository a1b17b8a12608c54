/** Segments that weigh more than they cost: for tests of memory. */

/** An MP4 with a box at its end that players skip, `bytes` long. */
export function padded(mp4: Uint8Array, bytes: number): Uint8Array {
  const box = Buffer.alloc(bytes);
  box.writeUInt32BE(bytes, 0);
  box.write('free', 4, 'latin1');
  return Buffer.concat([mp4, box]);
}
