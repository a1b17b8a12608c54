/** A camera held by hand: where it looks, how it is exposed, and what its sensor adds. */
import { sampleBicubic, type Picture, type Rgb } from './image.js';

/** Size of the filmed frame in pixels. */
export const FRAME_WIDTH = 640;
export const FRAME_HEIGHT = 360;

/** What the camera does at one time. */
export interface CameraPose {
  /** The point of the portrait in the middle of the frame, in pixels of the portrait. */
  readonly x: number;
  readonly y: number;
  /** Frame pixels for one pixel of the portrait. */
  readonly scale: number;
  /** Clockwise roll in radians. */
  readonly roll: number;
  /** Gain of red, green and blue. */
  readonly gain: Rgb;
}

/** A shot: how pan and zoom go while the hand trembles alike in all of them. */
export interface Shot {
  /** Zoom of 1 to 1.3 at `t` seconds into the shot. */
  readonly zoom: (t: number) => number;
  /** -1: as far left as the portrait reaches; 1: as far right. */
  readonly pan: (t: number) => number;
}

/** Frame pixels for one pixel of the portrait at zoom 1: the portrait fills the frame with some room to pan. */
const BASE_SCALE = 1.3;
const TURN = 2 * Math.PI;

/** Slow drift and tremble, -1..1 or so, of media time `t` in seconds; `phase` tells the axes apart. */
function tremble(t: number, phase: number): number {
  return (
    0.55 * Math.sin((TURN * t) / 3.7 + phase) +
    0.3 * Math.sin((TURN * t) / 1.63 + 2.1 * phase) +
    0.15 * Math.sin((TURN * t) / 0.71 + 3.7 * phase)
  );
}

/** Exposure and white balance drift at media time `t` in seconds: the same law for every shot. */
export function exposureGain(t: number): Rgb {
  const light = 1 + 0.035 * Math.sin((TURN * t) / 11 + 0.4) + 0.012 * Math.sin((TURN * t) / 2.9);
  const warmth = 0.012 * Math.sin((TURN * t) / 7.3 + 1);
  return [light * (1 + warmth), light, light * (1 - warmth)];
}

/**
 * The pose over a portrait of `size` × `size` pixels whose head is near the top.
 *
 * @param shotTime - seconds since the shot began
 * @param mediaTime - seconds since the clip began: the hand and the exposure go on across cuts
 */
export function poseInPortrait(shot: Shot, shotTime: number, mediaTime: number, size: number): CameraPose {
  const scale = BASE_SCALE * shot.zoom(shotTime);
  const halfWidth = FRAME_WIDTH / scale / 2;
  const halfHeight = FRAME_HEIGHT / scale / 2;
  const room = size / 2 - halfWidth;
  return {
    x: size / 2 + (room - 6) * shot.pan(shotTime) + 3.2 * tremble(mediaTime, 0.3),
    y: 132 + (halfHeight - 108) * 0.45 + 2.6 * tremble(mediaTime, 1.9),
    scale,
    roll: 0.016 * tremble(mediaTime, 4.2),
    gain: exposureGain(mediaTime),
  };
}

/** The frame that the camera sees of `scene`, before the sensor's noise: height × width × 3, values 0..255 or so. */
export function filmScene(scene: Picture, pose: CameraPose): Float32Array {
  const frame = new Float32Array(FRAME_WIDTH * FRAME_HEIGHT * 3);
  const cos = Math.cos(pose.roll) / pose.scale;
  const sin = Math.sin(pose.roll) / pose.scale;
  const value: Rgb = [0, 0, 0];
  let at = 0;
  for (let row = 0; row < FRAME_HEIGHT; row += 1) {
    const down = row - (FRAME_HEIGHT - 1) / 2;
    for (let column = 0; column < FRAME_WIDTH; column += 1) {
      const across = column - (FRAME_WIDTH - 1) / 2;
      sampleBicubic(scene, pose.x + across * cos + down * sin, pose.y - across * sin + down * cos, value);
      frame[at] = value[0] * pose.gain[0];
      frame[at + 1] = value[1] * pose.gain[1];
      frame[at + 2] = value[2] * pose.gain[2];
      at += 3;
    }
  }
  return frame;
}

/** Rounds a frame to 8 bits after the noise of a small sensor: mostly luma, a little chroma, more in the shadows. */
export function exposeSensor(frame: Float32Array, normal: () => number): Uint8Array {
  const bytes = new Uint8Array(frame.length);
  for (let at = 0; at < frame.length; at += 3) {
    const luma = 0.2126 * frame[at]! + 0.7152 * frame[at + 1]! + 0.0722 * frame[at + 2]!;
    const strength = 1.9 - 0.8 * Math.min(1, Math.max(0, luma / 255));
    const shared = strength * normal();
    for (let c = 0; c < 3; c += 1) {
      const noisy = frame[at + c]! + shared + 0.35 * strength * normal();
      bytes[at + c] = Math.min(255, Math.max(0, Math.round(noisy)));
    }
  }
  return bytes;
}
