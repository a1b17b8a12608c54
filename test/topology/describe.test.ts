import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeTopology } from '../../src/topology/describe.js';
import { parseTopology } from '../../src/topology/lint.js';
import type { Topology } from '../../src/topology/schema.js';
import { changed, fixture } from './fixture.js';

function topologyOf(text: string): Topology {
  const { topology, problems } = parseTopology(text, 'file.yaml', {});
  assert.ok(topology !== undefined, JSON.stringify(problems));
  return topology;
}

/** The flowchart syntax that we keep to: nodes with quoted labels, arrows, subgraphs. Gives nodes and arrows. */
function readFlowchart(text: string): { nodes: Map<string, string>; arrows: string[] } {
  const [first, ...lines] = text.trimEnd().split('\n');
  assert.equal(first, 'flowchart TD');
  const nodes = new Map<string, string>();
  const arrows: [string, string][] = [];
  let open = 0;
  for (const line of lines) {
    const [, node, label] = /^ *([a-z][a-z0-9]*)\["([^"]*)"\]$/.exec(line) ?? [];
    const [, from, to] = /^ *([a-z][a-z0-9]*) --> ([a-z][a-z0-9]*)$/.exec(line) ?? [];
    if (node !== undefined && label !== undefined) {
      assert.ok(!nodes.has(node), `${node} stands twice`);
      assert.notEqual(node, 'end', 'end is a word of the syntax');
      assert.doesNotMatch(label.replaceAll('<br/>', '').replace(/#\d+;/g, ''), /[<>#&`]/);
      nodes.set(node, label);
    } else if (from !== undefined && to !== undefined) arrows.push([from, to]);
    else if (/^ *subgraph [a-z]+\["[^"]*"\]$/.test(line)) open += 1;
    else if (/^ *end$/.test(line)) open -= 1;
    else assert.fail(`not flowchart syntax: ${line}`);
    assert.ok(open >= 0);
  }
  assert.equal(open, 0);
  for (const id of arrows.flat()) assert.ok(nodes.has(id), `${id} is no node`);
  return { nodes, arrows: arrows.map((arrow) => arrow.join('>')) };
}

test('the flowchart leads from source to sink through every stage and every model', () => {
  const { nodes, arrows } = readFlowchart(describeTopology(topologyOf(fixture('kitchen-sink.yaml')), 'mermaid'));
  assert.deepEqual([...nodes.keys()].sort(), ['alert', 'clips', 'crop', 'decode', 'detect', 'fuse', 'model0', 'model1', 'sample', 'sink', 'source', 'track', 'verdict']);
  assert.deepEqual(
    [...arrows].sort(),
    ['alert>sink', 'clips>model0', 'clips>model1', 'crop>track', 'decode>sample', 'detect>crop', 'fuse>verdict', 'model0>fuse', 'model1>fuse', 'sample>detect', 'source>decode', 'track>clips', 'verdict>alert', 'verdict>sink'].sort(),
  );
});

test('a model card cannot break out of its label', () => {
  const hostile = changed(fixture('kitchen-sink.yaml'), 'card: models/own.card.json', `card: 'a"]; click decode "javascript:alert(1)" <script>#quot;&.json'`);
  const { nodes } = readFlowchart(describeTopology(topologyOf(hostile), 'mermaid'));
  assert.match(nodes.get('model0') ?? '', /a#34;\]; click decode #34;javascript:alert\(1\)#34; #60;script#62;#35;quot;#38;\.json/);
});

test('the text shows the settings of every stage, in the order of the data, and which half keeps state', () => {
  const text = describeTopology(topologyOf(fixture('kitchen-sink.yaml')), 'text');
  const order = ['topology kitchen sink', 'about 4.5 s a segment', 'stateless', 'decode  ', 'ffmpeg, every frame', 'sample  ', '4 frames a second', 'detect  ', 'tasks-vision, no tiles', 'crop  ', '224 × 224 px', 'stateful', 'track  ', 'clips  ', 'score frames', 'models/own.card.json', 'score clips', 'fuse  ', 'logistic(1.2 × logit − 0.3)', 'verdict  ', 'forged from 0.9, authentic up to 0.2', 'alert  ', 'opens at 2 forged of the last 6 decided segments', 'sink  '];
  let from = 0;
  for (const part of order) {
    const at = text.indexOf(part, from);
    assert.ok(at >= 0, `${part} is missing, or out of order, in:\n${text}`);
    from = at;
  }
  assert.ok(text.split('\n').every((line) => line.length <= 120));
});
