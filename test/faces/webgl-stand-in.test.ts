import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StandInCanvas } from '../../src/faces/webgl-stand-in.js';

const FRAMEBUFFER = 0x8d40;

function upload(width: number, height: number): { gl: NonNullable<ReturnType<StandInCanvas['getContext']>>; data: Uint8ClampedArray } {
  const gl = new StandInCanvas().getContext('webgl2');
  assert.ok(gl);
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, index) => index % 251);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, { width, height, data });
  gl.bindFramebuffer(FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture);
  return { gl, data };
}

test('pixels that go into a texture come out of its framebuffer, at the place asked for', () => {
  const { gl, data } = upload(5, 3);
  const into = new Uint8Array(100).fill(9);
  gl.readPixels(0, 0, 5, 3, gl.RGBA, gl.UNSIGNED_BYTE, into, 8);
  assert.deepEqual([...into.subarray(8, 68)], [...data]);
  assert.deepEqual([...into.subarray(0, 8), ...into.subarray(68)], Array.from({ length: 40 }, () => 9));
});

test('pixels that were never given are not made up', () => {
  const { gl } = upload(5, 3);
  assert.throws(() => { gl.readPixels(0, 0, 4, 3, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(100)); }, /whole RGBA/);
  gl.bindFramebuffer(FRAMEBUFFER, gl.createFramebuffer());
  assert.throws(() => { gl.readPixels(0, 0, 5, 3, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(100)); }, /never given/);
});

test('there is WebGL 2 and nothing else, and nothing that draws', () => {
  const canvas = new StandInCanvas();
  assert.equal(canvas.getContext('webgl'), null);
  assert.equal(canvas.getContext('2d'), null);
  assert.equal(canvas.getContext('webgl2'), canvas.getContext('webgl2'));
  assert.equal('drawArrays' in (canvas.getContext('webgl2') ?? {}), false);
});
