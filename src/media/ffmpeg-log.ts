/**
 * What the ffmpeg program says while it decodes, as events. With `-debug_ts` it names each packet that it reads, and its
 * `showinfo` filter names each frame; errors appear in between, so that they find the packet that they are about.
 */
import type { Rotation } from '../domain/media.js';

/** Options that make ffmpeg say what {@link FfmpegLog} understands: every message, each with its level. */
export const LOG_OPTIONS: readonly string[] = ['-nostats', '-loglevel', 'repeat+level+info', '-debug_ts'];
/** The filter whose messages become {@link ShownFrame}s. */
export const SHOW_FRAMES_FILTER = 'showinfo=checksum=0';

/** A frame as the decoder put it out. */
export interface ShownFrame {
  /** In ticks of the stream's time base; undefined where ffmpeg knows none. */
  readonly pts: string | undefined;
  /** Byte position of the frame's packet in the file; undefined where ffmpeg does not say. */
  readonly position: string | undefined;
  /** Stored size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: string;
  /** ffmpeg's names; undefined for unlabelled. */
  readonly colorSpace: string | undefined;
  readonly colorRange: string | undefined;
  /** The frame's own rotation, clockwise; undefined where it has none. */
  readonly rotation: Rotation | undefined;
}

/** One thing that ffmpeg said. */
export type FfmpegEvent =
  /** It read the next packet of the video stream, and hands it to the decoder now. */
  | { readonly kind: 'packet' }
  /** The next packet is marked damaged by the demultiplexer. */
  | { readonly kind: 'corrupt-packet' }
  /** The decoder put out a frame, whatever becomes of it. */
  | { readonly kind: 'decoded' }
  /** The decoder refused what it was given last. */
  | { readonly kind: 'damage' }
  /** The decoder marked the frame that comes next as damaged. */
  | { readonly kind: 'corrupt-frame' }
  /** The container broke off. */
  | { readonly kind: 'read-error' }
  /** A frame's pixels follow on standard output. */
  | { readonly kind: 'frame'; readonly frame: ShownFrame };

const FRAME = /^\[Parsed_showinfo[^\]]*\] \[info\] n: *\d+ pts: *(NOPTS|-?\d+) .*?fmt:(\S+) .*? s:(\d+)x(\d+) /;
const POSITION = / pos: *(\d+) /;
const DISPLAY_MATRIX = /^\[Parsed_showinfo[^\]]*\] \[info\] +side data - displaymatrix: rotation of (-?[\d.]+) degrees/;
const COLOURS = /^\[Parsed_showinfo[^\]]*\] \[info\] color_range:(\S+) color_space:(\S+) /;
/** A message of ffmpeg itself (not of a library), with its level; from version 6 on with the names of its parts in front. */
const OWN_MESSAGE = /^(?:\[(?:vist#|dec:|in#)[^\]]*\] )*\[(info|warning|error|fatal)\] (.*)/;
const DECODER_REFUSED = /^Error (?:while decoding stream|submitting (?:a )?packet to (?:the )?decoder)/;

/** Reads ffmpeg's messages line by line. */
export class FfmpegLog {
  readonly #input: string;
  #majorVersion: number | undefined;
  readonly #emit: (event: FfmpegEvent) => void;
  #frame: Omit<ShownFrame, 'colorSpace' | 'colorRange'> | undefined;

  /** @param input - the input as given to ffmpeg: messages about the input as a whole start with it */
  constructor(input: string, emit: (event: FfmpegEvent) => void) {
    this.#input = input;
    this.#emit = emit;
  }

  /**
   * Whether packets may be read before those ahead of them are decoded, so that an error may be about an earlier packet:
   * from version 7 on ffmpeg reads in a thread of its own.
   */
  get readsAhead(): boolean {
    return this.#majorVersion === undefined || this.#majorVersion >= 7;
  }

  line(text: string): void {
    if (this.#majorVersion === undefined) this.#readVersion(text);
    if (text.startsWith('[Parsed_showinfo')) {
      this.#showinfo(text);
      return;
    }
    const [, level, message = ''] = OWN_MESSAGE.exec(text) ?? [];
    if (level === 'info') {
      if (message.startsWith('demuxer -> ')) this.#emit({ kind: 'packet' });
      else if (message.startsWith('decoder -> ')) this.#emit({ kind: 'decoded' });
    } else if (level !== undefined) this.#complaint(message);
  }

  #readVersion(text: string): void {
    const version = /^\[info\] ffmpeg version n?(\d+)\./.exec(text);
    if (version !== null) this.#majorVersion = Number(version[1]);
  }

  #showinfo(text: string): void {
    const frame = FRAME.exec(text);
    if (frame !== null) {
      const [, pts, pixelFormat = '', width, height] = frame;
      this.#frame = {
        pts: pts === 'NOPTS' ? undefined : pts,
        position: POSITION.exec(text)?.[1],
        width: Number(width),
        height: Number(height),
        pixelFormat,
        rotation: undefined,
      };
      return;
    }
    if (this.#frame === undefined) return;
    const matrix = DISPLAY_MATRIX.exec(text);
    if (matrix !== null) this.#frame = { ...this.#frame, rotation: clockwiseRotation(Number(matrix[1])) };
    const colours = COLOURS.exec(text);
    if (colours === null) return;
    // The last line about a frame.
    this.#emit({ kind: 'frame', frame: { ...this.#frame, colorRange: labelOf(colours[1]), colorSpace: labelOf(colours[2]) } });
    this.#frame = undefined;
  }

  #complaint(message: string): void {
    if (DECODER_REFUSED.test(message)) this.#emit({ kind: 'damage' });
    else if (message.includes('corrupt decoded frame')) this.#emit({ kind: 'corrupt-frame' });
    else if (message.includes('corrupt input packet')) this.#emit({ kind: 'corrupt-packet' });
    else if (message.startsWith(`${this.#input}: `) || message.startsWith('Error during demuxing')) this.#emit({ kind: 'read-error' });
  }
}

/** Quarter turns from ffmpeg's degrees, which count anticlockwise; 0 for a matrix that is no rotation. */
export function clockwiseRotation(anticlockwiseDegrees: number): Rotation {
  if (!Number.isFinite(anticlockwiseDegrees) || Math.abs(anticlockwiseDegrees) > 360) return 0;
  return (((Math.round(-anticlockwiseDegrees / 90) + 8) % 4) * 90) as Rotation;
}

/** A colour label of ffmpeg, or undefined for «unknown». */
export function labelOf(name: string | undefined): string | undefined {
  return name === undefined || name === 'unknown' || name === 'unspecified' ? undefined : name;
}
