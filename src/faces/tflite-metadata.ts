/**
 * Adds the metadata that MediaPipe's tasks insist on to a TensorFlow Lite network that lacks it. The npm package
 * `@mediapipe/face_detection` ships its networks bare; the tasks want to be told how pixels are scaled.
 *
 * Flatbuffer references point forward and are relative, so the network's own bytes stay as they are: a new root that
 * shares the old one's children is put in front of them. Field numbers: `schema.fbs` of TensorFlow Lite (version 3) and
 * `metadata_schema.fbs` of TensorFlow Lite Support (version 1.0.0).
 */
import { Builder, ByteBuffer } from 'flatbuffers';
import { FramewitnessError } from '../domain/errors.js';
import type { Offset } from 'flatbuffers';

/** How a network that finds faces takes its pixels: `(value - mean) / std`, RGB 0..255. */
export interface FaceNetworkMetadata {
  readonly name: string;
  readonly mean: number;
  readonly std: number;
}

const FILE_IDENTIFIER = 'TFL3';
const METADATA_IDENTIFIER = 'M001';
const METADATA_NAME = 'TFLITE_METADATA';
/** Tensors inside a network file are aligned to this. */
const ALIGNMENT = 16;

/** Fields of the tables that are written or read, by number. */
const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadataBuffer: 5, metadata: 6, count: 8 } as const;
const METADATA = { name: 0, buffer: 1, count: 2 } as const;
const MODEL_METADATA = { name: 0, subgraphs: 3, minParserVersion: 7, count: 8 } as const;
const SUBGRAPH_METADATA = { inputs: 2, outputs: 3, count: 8 } as const;
const TENSOR_METADATA = { name: 0, content: 3, processUnits: 4, stats: 5, count: 7 } as const;
const CONTENT = { type: 0, properties: 1, count: 3 } as const;
const PROCESS_UNIT = { type: 0, options: 1, count: 2 } as const;
const FEATURE_PROPERTIES = 1;
const IMAGE_PROPERTIES = 2;
const RGB = 1;
const NORMALISATION = 1;

/**
 * The network with a metadata block: one RGB image in, boxes and scores out.
 *
 * @param network - a TensorFlow Lite file with one image input and two outputs, and without metadata
 * @throws FramewitnessError FW_MODEL_FORMAT when it is not such a file
 */
export function withFaceMetadata(network: Uint8Array, metadata: FaceNetworkMetadata): Uint8Array {
  const old = new ByteBuffer(network);
  if (network.length < 16 || !old.__has_identifier(FILE_IDENTIFIER)) throw new FramewitnessError('FW_MODEL_FORMAT', 'The face network is not a TensorFlow Lite file');
  const root = old.readInt32(0);
  const field = (number: number): number => {
    const offset = old.__offset(root, 4 + 2 * number);
    return offset === 0 ? 0 : root + offset;
  };
  const [operatorCodes, subgraphs, buffers] = [field(MODEL.operatorCodes), field(MODEL.subgraphs), field(MODEL.buffers)];
  if (operatorCodes === 0 || subgraphs === 0 || buffers === 0) throw new FramewitnessError('FW_MODEL_FORMAT', 'The face network lacks its graph');
  if (field(MODEL.metadata) !== 0) throw new FramewitnessError('FW_MODEL_FORMAT', 'The face network has metadata already');

  const builder = new Builder(network.length + 4096);
  const length = appendBytes(builder, network);
  /** Where the builder sees what lies at `position` of the old file: it counts from the end. */
  const kept = (position: number): Offset => length - position;
  const target = (position: number): Offset => kept(old.__indirect(position));

  const block = builder.createByteVector(metadataBlock(metadata));
  builder.startObject(1);
  builder.addFieldOffset(0, block, 0);
  const blockBuffer = builder.endObject();
  const blockName = builder.createString(METADATA_NAME);
  const bufferCount = old.__vector_len(buffers);
  builder.startObject(METADATA.count);
  builder.addFieldOffset(METADATA.name, blockName, 0);
  builder.addFieldInt32(METADATA.buffer, bufferCount, 0);
  const entries = offsetVector(builder, [builder.endObject()]);
  const firstBuffer = old.__vector(buffers);
  const allBuffers = offsetVector(builder, [...Array.from({ length: bufferCount }, (_, index) => target(firstBuffer + 4 * index)), blockBuffer]);

  builder.startObject(MODEL.count);
  builder.addFieldInt32(MODEL.version, old.readInt32(field(MODEL.version)), 0);
  builder.addFieldOffset(MODEL.operatorCodes, target(operatorCodes), 0);
  builder.addFieldOffset(MODEL.subgraphs, target(subgraphs), 0);
  if (field(MODEL.description) !== 0) builder.addFieldOffset(MODEL.description, target(field(MODEL.description)), 0);
  builder.addFieldOffset(MODEL.buffers, allBuffers, 0);
  if (field(MODEL.metadataBuffer) !== 0) builder.addFieldOffset(MODEL.metadataBuffer, target(field(MODEL.metadataBuffer)), 0);
  builder.addFieldOffset(MODEL.metadata, entries, 0);
  builder.finish(builder.endObject(), FILE_IDENTIFIER);
  return builder.asUint8Array();
}

/** Writes `bytes` at the end of an empty builder (it grows towards the front) and returns their length with padding. */
function appendBytes(builder: Builder, bytes: Uint8Array): number {
  const length = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  builder.prep(ALIGNMENT, length);
  for (let index = length - 1; index >= 0; index--) builder.writeInt8(((bytes[index] ?? 0) << 24) >> 24);
  return length;
}

function offsetVector(builder: Builder, offsets: readonly Offset[]): Offset {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}

function floatVector(builder: Builder, value: number): Offset {
  builder.startVector(4, 1, 4);
  builder.addFloat32(value);
  return builder.endVector();
}

function metadataBlock(metadata: FaceNetworkMetadata): Uint8Array {
  const builder = new Builder(1024);
  const input = tensorMetadata(builder, 'image', imageContent(builder), metadata);
  const boxes = tensorMetadata(builder, 'raw boxes and key points', featureContent(builder));
  const scores = tensorMetadata(builder, 'scores', featureContent(builder));
  const inputs = offsetVector(builder, [input]);
  const outputs = offsetVector(builder, [boxes, scores]);
  builder.startObject(SUBGRAPH_METADATA.count);
  builder.addFieldOffset(SUBGRAPH_METADATA.inputs, inputs, 0);
  builder.addFieldOffset(SUBGRAPH_METADATA.outputs, outputs, 0);
  const subgraphs = offsetVector(builder, [builder.endObject()]);
  const name = builder.createString(metadata.name);
  const version = builder.createString('1.0.0');
  builder.startObject(MODEL_METADATA.count);
  builder.addFieldOffset(MODEL_METADATA.name, name, 0);
  builder.addFieldOffset(MODEL_METADATA.subgraphs, subgraphs, 0);
  builder.addFieldOffset(MODEL_METADATA.minParserVersion, version, 0);
  builder.finish(builder.endObject(), METADATA_IDENTIFIER);
  return builder.asUint8Array();
}

function tensorMetadata(builder: Builder, tensorName: string, content: Offset, pixels?: FaceNetworkMetadata): Offset {
  const name = builder.createString(tensorName);
  const units = pixels === undefined ? 0 : offsetVector(builder, [normalisation(builder, pixels)]);
  const max = pixels === undefined ? 0 : floatVector(builder, (255 - pixels.mean) / pixels.std);
  const min = pixels === undefined ? 0 : floatVector(builder, (0 - pixels.mean) / pixels.std);
  builder.startObject(4);
  if (pixels !== undefined) {
    builder.addFieldOffset(0, max, 0);
    builder.addFieldOffset(1, min, 0);
  }
  const stats = builder.endObject();
  builder.startObject(TENSOR_METADATA.count);
  builder.addFieldOffset(TENSOR_METADATA.name, name, 0);
  builder.addFieldOffset(TENSOR_METADATA.content, content, 0);
  builder.addFieldOffset(TENSOR_METADATA.processUnits, units, 0);
  builder.addFieldOffset(TENSOR_METADATA.stats, stats, 0);
  return builder.endObject();
}

function imageContent(builder: Builder): Offset {
  builder.startObject(2);
  builder.addFieldInt8(0, RGB, 0);
  return contentOf(builder, IMAGE_PROPERTIES, builder.endObject());
}

function featureContent(builder: Builder): Offset {
  builder.startObject(0);
  return contentOf(builder, FEATURE_PROPERTIES, builder.endObject());
}

function contentOf(builder: Builder, type: number, properties: Offset): Offset {
  builder.startObject(CONTENT.count);
  builder.addFieldInt8(CONTENT.type, type, 0);
  builder.addFieldOffset(CONTENT.properties, properties, 0);
  return builder.endObject();
}

function normalisation(builder: Builder, pixels: FaceNetworkMetadata): Offset {
  const mean = floatVector(builder, pixels.mean);
  const std = floatVector(builder, pixels.std);
  builder.startObject(2);
  builder.addFieldOffset(0, mean, 0);
  builder.addFieldOffset(1, std, 0);
  const options = builder.endObject();
  builder.startObject(PROCESS_UNIT.count);
  builder.addFieldInt8(PROCESS_UNIT.type, NORMALISATION, 0);
  builder.addFieldOffset(PROCESS_UNIT.options, options, 0);
  return builder.endObject();
}
