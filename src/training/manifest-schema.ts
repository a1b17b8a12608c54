/** What a line of a manifest and of a file of faces may hold. `schemas/manifest.schema.json` and `schemas/faces.schema.json` come from it. */
import { z } from 'zod';

/** `schema` of a manifest's header. */
export const MANIFEST_SCHEMA = 'framewitness.manifest/1';
/** `schema` of the header of a file of faces. */
export const FACES_SCHEMA = 'framewitness.faces/1';

const name = z.string().min(1);
const side = z.number().positive();
const box = z.tuple([z.number(), z.number(), side, side]);
const root = name.default('.').describe('Folder that relative paths start at, itself relative to the file.');

/** First line of a manifest; other keys are kept. */
export const manifestHeaderSchema = z.looseObject({ schema: z.literal(MANIFEST_SCHEMA), root, dataset: name.exactOptional() });

/** A video or picture. */
export const manifestItemSchema = z.strictObject({
  path: name.describe('Relative to the root, or absolute. The whole path identifies the item.'),
  kind: z.enum(['video', 'image']),
  label: z.enum(['real', 'fake']),
  dataset: name,
  method: name.exactOptional().describe('How it was forged; absent for a real one.'),
  compression: name.exactOptional().describe('c0, c23, c40, LQ, HQ …'),
  split: z.enum(['train', 'val', 'test']).exactOptional(),
  identities: z.array(name).exactOptional().describe('People seen.'),
  sources: z.array(name).exactOptional().describe('What it was made from: a forged one names its originals, a real one itself.'),
  pair: name.exactOptional().describe('Path of its counterpart: the less compressed one of a compressed one (the c23 of a c40), or the real one of a forged one.'),
  mask: name.exactOptional().describe('Path of the video or picture that shows what was forged.'),
  box: box.exactOptional().describe('x, y, width, height of the face, pixels of the frame.'),
  group: name.exactOptional().describe('What is scored together; default: the path.'),
});

/** First line of a file of faces; other keys are kept. */
export const facesHeaderSchema = z.looseObject({
  schema: z.literal(FACES_SCHEMA),
  root: root.describe('Folder that relative paths of the items start at, itself relative to the file; crops and masks start at the file.'),
  dataset: name.exactOptional(),
  format: z.enum(['png', 'jpeg']).exactOptional().describe('Of the crops; JPEG at quality 95.'),
});

const index = z.int().min(0);

/** A crop. */
export const faceItemSchema = z.strictObject({
  item: manifestItemSchema.describe('What it was cut from.'),
  track: index,
  ptsMicros: z.int(),
  index: index.describe('Position within the track, among the faces that were kept.'),
  path: name.describe('The crop, relative to the file of faces.'),
  size: z.int().positive().describe('Side of the crop, pixels.'),
  scale: side.describe("Side of the crop in units of the face box's longer side."),
  box: box.describe('Face box in the source frame: x, y, width, height, pixels.'),
  mask: name.exactOptional().describe('The crop of the mask, relative to the file of faces.'),
});

function jsonSchemaText(id: string, header: z.ZodType, line: z.ZodType, about: string): string {
  const { $schema, ...schema } = z.toJSONSchema(z.union([header, line]), { target: 'draft-2020-12', io: 'input' });
  return `${JSON.stringify({ $schema, $id: `urn:framewitness:schema:${id}:1`, description: about, ...schema }, null, 2)}\n`;
}

/** The text of `schemas/manifest.schema.json`. */
export function manifestJsonSchemaText(): string {
  return jsonSchemaText('manifest', manifestHeaderSchema, manifestItemSchema, 'A line of a manifest (JSON Lines): the first is the header, each other one an item.');
}

/** The text of `schemas/faces.schema.json`. */
export function facesJsonSchemaText(): string {
  return jsonSchemaText('faces', facesHeaderSchema, faceItemSchema, 'A line of a file of faces (JSON Lines): the first is the header, each other one a crop.');
}
