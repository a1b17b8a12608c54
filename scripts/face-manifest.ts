/**
 * Turns the tables of the research data that the default model is trained on (UTKFace chips, frames of YouTube Faces, faces of
 * talking-head videos) into one manifest of pictures.
 *
 *     npx tsx scripts/face-manifest.ts DATA_FOLDER OUT.jsonl
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const [data, out] = process.argv.slice(2);
if (data === undefined || out === undefined) {
  process.stderr.write('usage: npx tsx scripts/face-manifest.ts DATA_FOLDER OUT.jsonl\n');
  process.exit(2);
}

type Row = Readonly<Record<string, string>>;

/** Rows of a table whose fields may be quoted. */
function rowsOf(file: string): Row[] {
  const [head = '', ...lines] = readFileSync(join(data!, file), 'utf8').trim().split(/\r?\n/);
  const fields = (line: string): string[] => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  const names = fields(head);
  return lines.map((line) => Object.fromEntries(fields(line).map((value, i) => [names[i] ?? '', value])));
}

const boxOf = (row: Row, names: readonly string[]): number[] => names.map((name) => Number(row[name]));
const stills = (folder: string, dataset: string, identity: (row: Row) => string): object[] =>
  rowsOf(`train_faces/${folder}.csv`).map((row) => ({
    path: `train_faces/${folder}/${row['file']!}`,
    kind: 'image',
    label: 'real',
    dataset,
    split: row['split'],
    identities: [identity(row)],
    box: boxOf(row, ['x', 'y', 'w', 'h']),
  }));
const filmed = rowsOf('video_faces/video_faces.csv')
  .sort((a, b) => (a['clip_id']! < b['clip_id']! ? -1 : a['clip_id']! > b['clip_id']! ? 1 : Number(a['frame_time']) - Number(b['frame_time'])))
  .map((row) => ({
    path: `video_faces/${row['file']!}`,
    kind: 'image',
    label: row['label'],
    dataset: 'video-faces',
    ...(row['label'] === 'fake' ? { method: row['method']!.split(' (')[0] } : {}),
    split: row['split'],
    identities: [row['person_id']],
    group: row['clip_id'],
    box: boxOf(row, ['face_x', 'face_y', 'face_w', 'face_h']),
  }));
// Nobody says who is on a chip of UTKFace: each stands for itself.
const items = [...stills('utkface', 'UTKFace', (row) => row['file']!), ...stills('ytf_udacity', 'YouTube-Faces', (row) => row['id']!), ...filmed];
const header = { schema: 'framewitness.manifest/1', root: relative(dirname(resolve(out)), resolve(data)) || '.', dataset: 'UTKFace, YouTube-Faces, video-faces' };
writeFileSync(out, [header, ...items].map((line) => `${JSON.stringify(line)}\n`).join(''));
process.stdout.write(`${items.length} pictures\n`);
