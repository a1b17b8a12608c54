/**
 * What `@mediapipe/tasks-vision` needs of WebGL when its networks run on the CPU. The package was written for browsers: it
 * hands every picture to a texture and has its WebAssembly part read the texture back. No drawing happens in between, so
 * a store that keeps the pixels of each texture and gives them back is enough.
 *
 * What is not listed here does not exist, so that a release of the package that begins to draw fails loudly with the name
 * of the missing function instead of seeing pixels that no one drew. Names and numbers: Khronos WebGL 2.0 specification.
 */

/** A picture as the package takes it from its caller. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bit, row by row from the top. */
  readonly data: Uint8ClampedArray;
}

/** The pixels of one texture, once it was given any. */
interface StoredTexture {
  pixels: Pixels | undefined;
}

interface StoredFramebuffer {
  texture: StoredTexture | null;
}

const RGBA = 0x1908;
const UNSIGNED_BYTE = 0x1401;
const MAX_VERTEX_ATTRIBUTES = 0x8869;
const RENDERER = 0x1f01;
const VERSION = 0x1f02;
const SYNC_STATUS_SIGNALED = 0x9119;
const ALREADY_SIGNALED = 0x911a;
const FRAMEBUFFER_COMPLETE = 0x8cd5;
const NO_ERROR = 0;

/** A WebGL 2 context without anything that draws. Methods have the names and arguments of the specification. */
export class PixelStoreContext {
  readonly drawingBufferWidth = 1;
  readonly drawingBufferHeight = 1;
  /** Constants that the package reads from the context. */
  readonly TEXTURE0 = 0x84c0;
  readonly TEXTURE_2D = 0x0de1;
  readonly TEXTURE_MAG_FILTER = 0x2800;
  readonly TEXTURE_MIN_FILTER = 0x2801;
  readonly TEXTURE_WRAP_S = 0x2802;
  readonly TEXTURE_WRAP_T = 0x2803;
  readonly LINEAR = 0x2601;
  readonly CLAMP_TO_EDGE = 0x812f;
  readonly RGBA = RGBA;
  readonly UNSIGNED_BYTE = UNSIGNED_BYTE;
  readonly FRAMEBUFFER = 0x8d40;
  readonly COLOR_ATTACHMENT0 = 0x8ce0;

  #texture: StoredTexture | null = null;
  #framebuffer: StoredFramebuffer | null = null;

  constructor(readonly canvas: StandInCanvas) {}

  getContextAttributes(): object {
    return { alpha: true, antialias: false, depth: false, stencil: false };
  }

  getSupportedExtensions(): string[] {
    return [];
  }

  getExtension(): null {
    return null;
  }

  isContextLost(): boolean {
    return false;
  }

  getError(): number {
    return NO_ERROR;
  }

  getParameter(name: number): string | number {
    if (name === VERSION) return 'WebGL 2.0';
    if (name === RENDERER) return 'framewitness pixel store';
    if (name === MAX_VERTEX_ATTRIBUTES) return 16;
    throw new Error(`The WebGL stand-in has no parameter ${name}`);
  }

  createTexture(): StoredTexture {
    return { pixels: undefined };
  }

  deleteTexture(texture: StoredTexture | null): void {
    if (texture !== null) texture.pixels = undefined;
  }

  activeTexture(): void {
    // There is one unit: what is bound is bound.
  }

  bindTexture(_target: number, texture: StoredTexture | null): void {
    this.#texture = texture;
  }

  texParameteri(): void {
    // Filtering and wrapping belong to drawing.
  }

  pixelStorei(): void {
    // Rows are kept from the top, in the order in which they are read back.
  }

  /** Stores a picture; kept by reference, because it is read back before the package returns to its caller. */
  texImage2D(...[, , format, , type, source, ...more]: [number, number, number, number, number, Pixels, ...unknown[]]): void {
    if (this.#texture === null || more.length > 0 || format !== RGBA || type !== UNSIGNED_BYTE) throw new Error('The WebGL stand-in stores whole RGBA pictures of 8 bits only');
    this.#texture.pixels = source;
  }

  createFramebuffer(): StoredFramebuffer {
    return { texture: null };
  }

  deleteFramebuffer(framebuffer: StoredFramebuffer | null): void {
    if (framebuffer !== null) framebuffer.texture = null;
  }

  bindFramebuffer(_target: number, framebuffer: StoredFramebuffer | null): void {
    this.#framebuffer = framebuffer;
  }

  framebufferTexture2D(_target: number, _attachment: number, _textureTarget: number, texture: StoredTexture | null): void {
    if (this.#framebuffer !== null) this.#framebuffer.texture = texture;
  }

  checkFramebufferStatus(): number {
    return FRAMEBUFFER_COMPLETE;
  }

  /** Copies a whole picture out. */
  readPixels(x: number, y: number, width: number, height: number, format: number, type: number, into: Uint8Array, offset = 0): void {
    const pixels = this.#framebuffer?.texture?.pixels;
    if (pixels === undefined) throw new Error('The WebGL stand-in was asked for pixels that it was never given');
    if (x !== 0 || y !== 0 || width !== pixels.width || height !== pixels.height || format !== RGBA || type !== UNSIGNED_BYTE) {
      throw new Error('The WebGL stand-in gives back whole RGBA pictures of 8 bits only');
    }
    into.set(pixels.data, offset);
  }

  fenceSync(): object {
    return {};
  }

  clientWaitSync(): number {
    return ALREADY_SIGNALED;
  }

  getSyncParameter(): number {
    return SYNC_STATUS_SIGNALED;
  }

  deleteSync(): void {
    // Nothing is ever waited for.
  }
}

/** The canvas that the package asks for its context. */
export class StandInCanvas {
  width = 1;
  height = 1;
  readonly #context = new PixelStoreContext(this);

  getContext(kind: string): PixelStoreContext | null {
    return kind === 'webgl2' ? this.#context : null;
  }

  addEventListener(): void {
    // A context that cannot be lost has nothing to tell.
  }

  removeEventListener(): void {
    // See addEventListener.
  }
}
