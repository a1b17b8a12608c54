/** Finds the one face of a picture, its box as the deployed detector sees it, and the points of its mesh. */
import type { DetectedFace } from '../../domain/faces.js';
import type { Box, DecodedFrame, Point } from '../../domain/media.js';
import { createBlazeFaceDetector } from '../../faces/blazeface-detector.js';
import { intersectionOverUnion } from '../../faces/box.js';
import { createSession } from '../../inference/onnx-runtime.js';
import { appliedToAll, inverted, placement } from '../augmentation/pixels/affine.js';
import type { Picture } from '../augmentation/pixels/picture.js';
import { warped } from '../augmentation/pixels/warp.js';
import { yuv420Of } from '../augmentation/pixels/yuv.js';
import { MESH_POINTS } from '../augmentation/mesh-points.js';
import { FACE_MESH_INPUT_SIZE, faceMeshNetwork } from './face-mesh-network.js';

/** A face with its mesh, in pixels of the picture. */
export interface MeshedFace {
  readonly box: Box;
  /** x and y in turn, 2 × 468 numbers. */
  readonly mesh: Float32Array;
}

/** Finds faces. */
export interface MeshFinder {
  /**
   * @param known - where the face is known to be; else the largest near the middle is taken
   * @returns undefined where neither the detector nor the mesh sees a face
   */
  find(picture: Picture, known?: Box): Promise<MeshedFace | undefined>;
  close(): Promise<void>;
}

/** Chips and crops fill the picture with the face; the detector wants some surroundings. Share of the longer side. */
const MARGIN = 0.25;
/** Side of the square that the mesh looks at, × the longer side of the box. */
const MESH_SCALE = 1.5;
/** Overlap from which a detected face is the one that is known. */
const SAME_FACE = 0.2;

/** `picture` with a black border on all sides, of even width and height. */
function surrounded({ width, height, data }: Picture): { readonly picture: Picture; readonly border: number } {
  const border = Math.ceil(MARGIN * Math.max(width, height));
  const [wide, high] = [width + 2 * border, height + 2 * border].map((side) => side + (side % 2)) as [number, number];
  const out = new Uint8Array(wide * high * 3);
  for (let y = 0; y < height; y++) out.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((y + border) * wide + border) * 3);
  return { picture: { width: wide, height: high, data: out }, border };
}

function frameOf(picture: Picture): DecodedFrame {
  const { width, height } = picture;
  const planes = yuv420Of(picture);
  const luma = width * height;
  return {
    ptsMicros: 0,
    storedWidth: width,
    storedHeight: height,
    width,
    height,
    rotation: 0,
    matrix: 'bt601',
    range: 'limited',
    planes: [planes.subarray(0, luma), planes.subarray(luma, luma + luma / 4), planes.subarray(luma + luma / 4)],
    strides: [width, width / 2, width / 2],
  };
}

const centreOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

function chosen(faces: readonly DetectedFace[], picture: Picture, known: Box | undefined): DetectedFace | undefined {
  const worth = ({ box }: DetectedFace): number => {
    if (known !== undefined) return intersectionOverUnion(box, known) - SAME_FACE;
    const { x, y } = centreOf(box);
    return box.width - Math.hypot(x - picture.width / 2, y - picture.height / 2) + Math.max(picture.width, picture.height);
  };
  const best = [...faces].sort((a, b) => worth(b) - worth(a))[0];
  return best !== undefined && worth(best) >= 0 ? best : undefined;
}

/**
 * Loads the detector and the mesh network, both in ONNX Runtime. Boxes are the deployed detector's own wherever it sees the
 * face: a network trained on another detector's framing would see every face at the wrong scale.
 *
 * @throws FramewitnessError where a network cannot be read or loaded
 */
export async function createMeshFinder(): Promise<MeshFinder> {
  const detector = await createBlazeFaceDetector({ minScore: 0.5, tiles: { mode: 'never' } });
  const session = await createSession(faceMeshNetwork().onnx, { name: 'face mesh' });

  const meshIn = async (picture: Picture, box: Box, angle: number): Promise<Float32Array | undefined> => {
    const { x, y } = centreOf(box);
    const scale = FACE_MESH_INPUT_SIZE / (MESH_SCALE * Math.max(box.width, box.height));
    const middle = FACE_MESH_INPUT_SIZE / 2;
    const map = placement(-angle, [scale, scale], [x, y], [middle, middle]);
    const region = warped(picture, map, FACE_MESH_INPUT_SIZE, FACE_MESH_INPUT_SIZE);
    const plane = FACE_MESH_INPUT_SIZE * FACE_MESH_INPUT_SIZE;
    const data = new Float32Array(3 * plane);
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) data[c * plane + i] = (region.data[3 * i + c] ?? 0) / 255;
    const { points, presence } = await session.run({ input: { data, dims: [1, 3, FACE_MESH_INPUT_SIZE, FACE_MESH_INPUT_SIZE] } });
    if ((presence?.data[0] ?? -1) < 0) return undefined;
    const local = Float32Array.from({ length: 2 * MESH_POINTS }, (_, i) => points?.data[3 * (i >> 1) + (i & 1)] ?? 0);
    return appliedToAll(inverted(map), local);
  };

  return {
    find: async (original, known) => {
      const { picture, border } = surrounded(original);
      const moved = known === undefined ? undefined : { ...known, x: known.x + border, y: known.y + border };
      const face = chosen(await detector.detect(frameOf(picture), 0), picture, moved);
      const box = face?.box ?? moved;
      if (box === undefined) return undefined;
      const [right, left] = face?.keypoints ?? [];
      let mesh: Float32Array | undefined;
      if (right !== undefined && left !== undefined) mesh = await meshIn(picture, box, Math.atan2(left.y - right.y, left.x - right.x));
      else {
        // Without eyes, the mesh itself says how the face is turned; a second look is upright.
        const first = await meshIn(picture, box, 0);
        mesh = first === undefined ? undefined : await meshIn(picture, box, Math.atan2((first[2 * 263 + 1] ?? 0) - (first[2 * 33 + 1] ?? 0), (first[2 * 263] ?? 0) - (first[2 * 33] ?? 0)));
      }
      if (mesh === undefined) return undefined;
      return { box: { ...box, x: box.x - border, y: box.y - border }, mesh: mesh.map((place) => place - border) };
    },
    close: async () => {
      await Promise.all([detector.close(), session.close()]);
    },
  };
}
