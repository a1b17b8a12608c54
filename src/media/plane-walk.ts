/** How a place of the upright frame becomes an address in a stored plane. */
import type { DecodedFrame } from '../domain/media.js';

/** `address = origin + x stepX + y stepY` for upright sample x, y of the plane; `width` and `height` are upright. */
export interface PlaneWalk {
  readonly origin: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
}

/** The walk of plane 0 (luma), 1 or 2 (chroma, half the size rounded up). */
export function planeWalk(frame: DecodedFrame, plane: 0 | 1 | 2): PlaneWalk {
  const width = plane === 0 ? frame.storedWidth : (frame.storedWidth + 1) >> 1;
  const height = plane === 0 ? frame.storedHeight : (frame.storedHeight + 1) >> 1;
  const stride = frame.strides[plane];
  const lastColumn = width - 1;
  const lastRow = (height - 1) * stride;
  switch (frame.rotation) {
    case 0:
      return { origin: 0, stepX: 1, stepY: stride, width, height };
    case 90:
      return { origin: lastRow, stepX: -stride, stepY: 1, width: height, height: width };
    case 180:
      return { origin: lastRow + lastColumn, stepX: -1, stepY: -stride, width, height };
    case 270:
      return { origin: lastColumn, stepX: stride, stepY: -1, width: height, height: width };
  }
}
