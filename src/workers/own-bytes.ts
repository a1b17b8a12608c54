/**
 * Gives every byte array in a received message a buffer of its own, in place.
 *
 * Node reads the arrays of an IPC message as views into the message's one buffer. Kept beyond its message, a crop of a few
 * kilobytes would keep megabytes alive. An array that fills more than half of its buffer stays as it is.
 *
 * @param message - freshly received plain data (objects, arrays, maps, sets), which nobody else holds yet
 * @returns `message`, or its copy where it is a byte array itself
 */
export function ownBytes(message: unknown): unknown {
  return own(message, new Set());
}

function own(value: unknown, seen: Set<object>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return 2 * value.byteLength >= value.buffer.byteLength ? value : copy(value as NodeJS.ArrayBufferView);
  if (seen.has(value)) return value;
  seen.add(value);
  if (Array.isArray(value)) value.forEach((element, i) => ((value as unknown[])[i] = own(element, seen)));
  else if (value instanceof Map) for (const [key, element] of value) value.set(key, own(element, seen));
  else if (value instanceof Set) replaceAll(value, [...value].map((element) => own(element, seen)));
  else if (!(value instanceof ArrayBuffer)) for (const [key, element] of Object.entries(value)) (value as Record<string, unknown>)[key] = own(element, seen);
  return value;
}

function replaceAll(set: Set<unknown>, elements: readonly unknown[]): void {
  set.clear();
  for (const element of elements) set.add(element);
}

function copy(view: NodeJS.ArrayBufferView): NodeJS.ArrayBufferView {
  // The method of Uint8Array, for a Buffer's own `slice` does not copy.
  if (view instanceof Uint8Array) return Uint8Array.prototype.slice.call(view);
  return view instanceof DataView ? new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)) : view.slice();
}
