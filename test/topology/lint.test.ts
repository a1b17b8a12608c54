import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintTopology, parseTopology } from '../../src/topology/lint.js';
import type { Problem } from '../../src/topology/problems.js';
import { fixture } from './fixture.js';

const lint = (text: string, environment = {}): readonly Problem[] => lintTopology(text, 'file.yaml', environment);
/** `line:column code path`. */
const brief = (problems: readonly Problem[]): string[] => problems.map(({ line, column, code, path }) => `${line}:${column} ${code} ${path}`.trim());
const HEAD = 'version: "1.0"\n';
const MODELS = 'stages:\n  score:\n    models:\n      - {name: frames, card: builtin:srm-residual}\n';

test('six mistakes are reported at once, each with its line, its column and a hint of its own', () => {
  const problems = lint(fixture('six-mistakes.yaml'));
  assert.deepEqual(brief(problems), [
    '5:14 not-allowed stages.decode.decoder',
    '7:22 wrong-type stages.sample.framesPerSecond',
    '9:5 unknown-key stages.detect.minScroe',
    '10:15 out-of-range stages.detect.maxFaces',
    '13:9 missing-key stages.score.models[0].card',
    '16:18 rule stages.verdict.authenticAt',
  ]);
  assert.deepEqual(problems.map(({ hint }) => hint), [
    'did you mean libav?',
    '0.1 to 240 frames per second; default 8',
    'did you mean minScore?',
    'a whole number from 1 to 1000 faces; default 32',
    'add it, for example builtin:srm-residual; takes a path, or builtin: and a name',
    'what lies between is inconclusive: set it below forgedAt, which is 0.5',
  ]);
  assert.ok(problems.every(({ severity, file }) => severity === 'error' && file === 'file.yaml'));
});

test('sound files have no problems', () => {
  assert.deepEqual(lint(fixture('minimal.yaml')), []);
  assert.deepEqual(lint(fixture('kitchen-sink.yaml')), []);
});

test('another major version is refused for its version alone', () => {
  assert.deepEqual(brief(lint(fixture('unknown-major.yaml'))), ['1:10 version version']);
  assert.deepEqual(brief(lint('version: 2\nwhatever: 1\n')), ['1:10 version version']);
});

test('a newer minor version is read with a warning', () => {
  const { problems, topology } = parseTopology(fixture('future-minor.yaml'), 'file.yaml', {});
  assert.deepEqual(brief(problems), ['1:10 version version']);
  assert.equal(problems[0]?.severity, 'warning');
  assert.equal(topology?.version, '1.7');
});

test('a version without quotes is a number, and the hint asks for quotes', () => {
  const problems = lint(`version: 1.0\n${MODELS}`);
  assert.deepEqual(brief(problems), ['1:10 wrong-type version']);
  assert.match(problems[0]?.hint ?? '', /"1\.0", in quotes/);
});

test('text that is not YAML is reported where it breaks, one problem a line', () => {
  assert.deepEqual(brief(lint(fixture('not-yaml.yaml'))), ['1:14 syntax', '2:1 syntax']);
});

test('an empty file, a list and a bare word are reported', () => {
  assert.deepEqual(brief(lint(fixture('empty.yaml'))), ['1:1 syntax']);
  assert.deepEqual(brief(lint('')), ['1:1 syntax']);
  assert.deepEqual(brief(lint('- a\n')), ['1:1 wrong-type']);
  assert.deepEqual(brief(lint('hello\n')), ['1:1 wrong-type']);
});

test('a second document in one file is refused', () => {
  assert.deepEqual(brief(lint(`${HEAD}${MODELS}---\n${HEAD}`)), ['6:1 syntax']);
});

test('a duplicate key is reported at its second place, beside other mistakes', () => {
  assert.deepEqual(brief(lint(fixture('duplicate-key.yaml'))), ['5:5 duplicate-key']);
  assert.deepEqual(brief(lint(`${fixture('duplicate-key.yaml')}extra: 1\n`)), ['5:5 duplicate-key', '9:1 unknown-key extra']);
});

test('aliases that stand for too much are refused', () => {
  assert.deepEqual(brief(lint(fixture('alias-bomb.yaml'))).map((line) => line.split(' ')[1]), ['too-large']);
  assert.deepEqual(brief(lint('a: &a [*a]\n')).map((line) => line.split(' ')[1]), ['too-large']);
});

test('aliases that stand for little are read', () => {
  assert.deepEqual(lint(`${HEAD}stages:\n  track: {maxGapSeconds: &gap 1}\n  clips: {maxGapSeconds: *gap}\n  score:\n    models: [{name: a, card: a.json}]\n`), []);
});

test('nesting that would exhaust the stack is refused', () => {
  for (const text of ['['.repeat(100_000), '- '.repeat(100_000), '{a: '.repeat(50_000), '['.repeat(40) + ']'.repeat(40)]) {
    assert.deepEqual(lint(text).map(({ code }) => code), ['too-large'], text.slice(0, 8));
  }
  assert.deepEqual(lint('#'.repeat(300_000)).map(({ code }) => code), ['too-large']);
});

test('tags are refused, merge keys are unknown', () => {
  assert.deepEqual(brief(lint(`${HEAD}name: !secret x\n`)), ['2:7 syntax']);
  const problems = lint(`${HEAD}${MODELS}<<: {}\n`);
  assert.deepEqual(brief(problems), ['6:1 unknown-key "<<"']);
  assert.match(problems[0]?.hint ?? '', /merge keys are not supported/);
});

test('a key named __proto__ is a key like any other, and unknown', () => {
  assert.deepEqual(brief(lint(`${HEAD}${MODELS}__proto__: {limits: 1}\n`)), ['6:1 unknown-key __proto__']);
});

test('an unknown key that belongs elsewhere says where', () => {
  const problems = lint(`${HEAD}forgedAt: 0.9\n${MODELS}`);
  assert.deepEqual(problems.map(({ hint }) => hint), ['it belongs in stages.verdict']);
});

test('a key without a value is not a default', () => {
  assert.deepEqual(brief(lint(`${HEAD}${MODELS}limits:\n`)), ['6:8 wrong-type limits']);
});

test('rules between fields hold for defaults that are not written', () => {
  assert.deepEqual(brief(lint(`${HEAD}${MODELS}  verdict: {forgedAt: 0.3}\n`)), ['6:23 rule stages.verdict.forgedAt'], 'authenticAt is 0.4 by default');
  assert.deepEqual(brief(lint(`${HEAD}${MODELS}  sample: {framesPerSecond: 1}\n`)), ['6:29 rule stages.sample.framesPerSecond'], 'a clip could not span a gap of one second');
  assert.deepEqual(brief(lint(`${HEAD}${MODELS}  sample: {framesPerSecond: 2}\n`)), [], 'half a second is one interval');
});

test('each rule between fields is broken by one value and held by its neighbour', () => {
  const cases: readonly (readonly [good: string, bad: string])[] = [
    ['verdict: {authenticAt: 0.79}', 'verdict: {authenticAt: 0.8}'],
    ['track: {lowScore: 0.45, highScore: 0.45}', 'track: {lowScore: 0.45, highScore: 0.44}'],
    ['detect: {minScore: 0.45}', 'detect: {minScore: 0.44}'],
    ['clips: {stride: 16}', 'clips: {stride: 17}'],
    ['track: {maxGapSeconds: 0.125}', 'track: {maxGapSeconds: 0.12}'],
    ['clips: {maxGapSeconds: 0.125}', 'clips: {maxGapSeconds: 0.12}'],
  ];
  for (const [good, bad] of cases) {
    assert.deepEqual(lint(`${HEAD}${MODELS}  ${good}\n`), [], good);
    assert.deepEqual(lint(`${HEAD}${MODELS}  ${bad}\n`).map(({ code }) => code), ['rule'], bad);
  }
});

test('a rule is not applied to a value that is itself wrong', () => {
  assert.deepEqual(lint(`${HEAD}${MODELS}  verdict: {authenticAt: 7}\n`).map(({ code }) => code), ['out-of-range']);
});

test('models need names of their own and there is at least one', () => {
  const two = `${HEAD}stages:\n  score:\n    models:\n      - {name: a, card: a.json}\n      - {name: a, card: b.json}\n`;
  assert.deepEqual(brief(lint(two)), ['6:16 rule stages.score.models[1].name']);
  assert.deepEqual(brief(lint(`${HEAD}stages: {score: {models: []}}\n`)), ['2:26 out-of-range stages.score.models']);
  assert.deepEqual(brief(lint(`${HEAD}stages: {score: {models: [{name: "", card: a}]}}\n`)), ['2:34 not-allowed stages.score.models[0].name']);
});

test('what a message repeats from the file cannot rewrite a terminal', () => {
  const problems = lint(`${HEAD}${MODELS}"\\e[2J\\u202Eevil": 1\n`);
  assert.equal(problems.length, 1);
  assert.doesNotMatch(JSON.stringify(problems.map(({ message }) => message)), /\u001b|\u202e/);
  assert.doesNotMatch(problems[0]?.message ?? '', /[\p{Cc}\p{Cf}]/u);
});

test('half of a surrogate pair, which canonical JSON cannot carry, is refused', () => {
  assert.deepEqual(brief(lint(`${HEAD}stages: {score: {models: [{name: a, card: "\\ud800"}]}}\n`)), ['2:43 not-allowed stages.score.models[0].card']);
});

test('a missing variable is reported once, at its place, and not again for its type', () => {
  const problems = lint(fixture('env-missing.yaml'));
  assert.deepEqual(brief(problems), ['5:22 environment stages.sample.framesPerSecond']);
  assert.match(problems[0]?.message ?? '', /FRAMEWITNESS_TEST_RATE is not set/);
});

test('variables are put in before types are checked, and a default where there is none', () => {
  const { topology, problems } = parseTopology(fixture('env-missing.yaml'), 'file.yaml', { FRAMEWITNESS_TEST_RATE: '4' });
  assert.deepEqual(problems, []);
  assert.equal(topology?.stages.sample.framesPerSecond, 4);
  assert.equal(topology.name, 'from the default');
});

test('a value from the environment of the wrong type is not shown', () => {
  const problems = lint(fixture('env-missing.yaml'), { FRAMEWITNESS_TEST_RATE: 'hunter2' });
  assert.deepEqual(brief(problems), ['5:22 wrong-type stages.sample.framesPerSecond']);
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});
