import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { escapeHtml, html, nameHtml, shorten } from '../../src/verdicts/report/html.js';
import { renderReport, renderReportParts } from '../../src/verdicts/report/render.js';
import { interview, landscape, makeStream } from './records.js';

let records: readonly SegmentVerdict[];
before(async () => {
  records = await interview();
});

test('escaping leaves no way into markup, and shows what is invisible', () => {
  assert.equal(escapeHtml(`<a href="x" title='y'>&\``), '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&#96;');
  assert.equal(escapeHtml('invoice\u202Efdp.exe\u0000\u200b'), 'invoice⟨U+202E⟩fdp.exe⟨U+0000⟩⟨U+200B⟩');
  assert.equal(escapeHtml(`a${'\u0301'.repeat(40)}b`), `a${'\u0301'.repeat(4)}⟨…⟩b`);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.ok(!/[<>"'`\u202a-\u202e\u2066-\u2069]/.test(html`${text}`.text))));
});

test('names are shortened in the middle, never inside a character, and keep the whole as a tooltip', () => {
  assert.equal(shorten('abcdefghij', 7), 'abcd…ij');
  assert.equal(Array.from(shorten('😀'.repeat(50), 10)).length, 10);
  const long = `${'x'.repeat(600)}<b>${'y'.repeat(400)}`;
  assert.match(nameHtml(long).text, /^<bdi class="name" title="x{600}&lt;b&gt;y{400}">x{64}…y{31}<\/bdi>$/);
  assert.equal(nameHtml('two\nlines').text, '<bdi class="name">two⟨U+000A⟩lines</bdi>');
  assert.equal(nameHtml(' ').text, '<bdi class="name">(empty name)</bdi>');
});

test('the page is one file: no script, no link out, and a policy that forbids both', async () => {
  const page = await renderReport({ verdicts: records });
  assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'/);
  assert.doesNotMatch(page, /<script|<iframe|<object|javascript:|@import|https?:\/\/|\son\w+=/i);
  for (const [, target] of page.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(target!, /^(data:|#)/);
});

test('the same records give the same page, in one piece or in parts, from a list or a stream', async () => {
  const page = await renderReport({ verdicts: records, generatedBy: 'a test' });
  const source = (async function* () { for (const r of records) yield await Promise.resolve(r); })();
  let parts = '';
  for await (const part of renderReportParts({ verdicts: source, generatedBy: 'a test' })) parts += part;
  assert.equal(parts, page);
});

test('the heading says what the records say and no more', async () => {
  const heading = async (verdicts: readonly SegmentVerdict[]): Promise<string> => /<h1>(.*?)<\/h1>/.exec(await renderReport({ verdicts }))?.[1] ?? '';
  const authentic = await makeStream({ stream: 'a', segments: 3, people: [{ id: 1, from: 0, to: 2, level: () => 0.1 }] });
  const empty = await landscape();
  assert.equal(await heading([]), 'Nothing was judged');
  assert.equal(await heading(records), 'Faces judged forged in 6 of 12 segments');
  assert.equal(await heading(authentic), 'All 3 segments judged authentic');
  assert.equal(await heading(empty), 'Nothing could be decided: no face found');
  assert.equal(await heading([...authentic, ...empty]), 'No segment of 2 streams judged forged');
  assert.equal(await heading([...authentic, ...records, ...empty]), 'Faces judged forged in 1 of 3 streams');
});

test('a changed record is said in the head of the page and in its stream', async () => {
  const changed = [...records];
  changed[4] = { ...records[4]!, finding: { ...records[4]!.finding, verdict: 'inconclusive', reasons: ['abstention-band'], warnings: [{ code: 'X', message: 'changed' }] } };
  const page = await renderReport({ verdicts: changed });
  assert.match(page, /The hash chain of 1 stream is broken/);
  assert.match(page, /Record 5: the finding does not match findingDigest/);
  assert.match(await renderReport({ verdicts: records }), /hash chain of this stream was verified[^<]*12 records/);
});

test('models without a card say so; cards show measurements, data, terms and limits', async () => {
  const card = { name: 'face-frames', version: '3', description: 'A <network>.', trainedOn: [{ data: 'faces & more', items: 7243, terms: 'research use' }], metrics: [{ name: 'AUC', value: 0.87412, interval95: [0.84, 0.9] as const, data: 'held out', command: 'npm run evaluate' }], limits: ['Small faces.'], calibration: { method: 'platt', scale: 1.2 }, licence: { weights: 'CC0', code: 'Apache-2.0' } };
  const page = await renderReport({ verdicts: records, cards: [card, { name: 'not-used', description: 'never shown' }] });
  for (const text of ['A &lt;network&gt;.', 'faces &amp; more, 7,243 items', 'research use', '0.8741', '0.84 to 0.9', 'npm run evaluate', 'Small faces.', 'method platt, scale 1.2', 'CC0']) assert.ok(page.includes(text), text);
  assert.ok(!page.includes('never shown'));
  assert.match(page, /No card of this model was at hand/, 'face-clips has none');
});

test('errors are listed with code and fix, without any verdict too', async () => {
  const page = await renderReport({ verdicts: [], errors: [{ input: 'a<b>.mp4', code: 'FW_INPUT_EMPTY', message: 'The file is empty.', fix: 'Copy it again.' }] });
  for (const text of ['Nothing was judged', '1 input gave an error', 'a&lt;b&gt;.mp4', 'FW_INPUT_EMPTY', 'The file is empty.', 'Copy it again.']) assert.ok(page.includes(text), text);
});

test('an hour of segments stays bounded and says what was joined and left out', async () => {
  const people = Array.from({ length: 60 }, (_, i) => ({ id: i + 1, from: i * 30, to: i * 30 + 40, level: (s: number) => (i % 9 === 4 && s % 40 > 12 ? 0.88 : 0.12) }));
  const make = (segments: number): Promise<SegmentVerdict[]> => makeStream({ stream: 'hour.ts', segments, samplesPerSegment: 8, cropsPerTrack: 1, people });
  const page = await renderReport({ verdicts: await make(1800) });
  assert.match(page, /each column joins up to 4 segments/);
  assert.match(page, /1,400 segments left out here/);
  assert.match(page, /lowest to highest frame score/);
  assert.ok(page.length < 1_200_000, `${page.length} characters`);
  assert.ok((page.match(/class="hit"/g) ?? []).length <= 480);
  assert.ok((page.match(/<img /g) ?? []).length <= 24 * 8);
});

test('thousands of streams stay bounded: forged ones have their section', async () => {
  const many: SegmentVerdict[] = [];
  for (let i = 0; i < 130; i++) many.push(...(await makeStream({ stream: `file-${i}.mp4`, segments: 1, samplesPerSegment: 8, cropsPerTrack: 0, people: [{ id: 1, from: 0, to: 0, level: () => (i === 129 ? 0.9 : 0.1) }] })));
  const page = await renderReport({ verdicts: many });
  assert.equal((page.match(/id="stream-\d+"/g) ?? []).length, 100);
  assert.match(page, /<h2><bdi class="name">file-129\.mp4/);
  assert.match(page, /30 streams of the 130 have no section/);
});
