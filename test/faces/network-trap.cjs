// Loaded before anything else into a process and, through NODE_OPTIONS, into those that it starts: whoever opens a
// connection is written down in FACES_TEST_TRAP and refused.
'use strict';
const { appendFileSync } = require('node:fs');
const report = process.env.FACES_TEST_TRAP;
const spring = (what) => {
  appendFileSync(report, `${what}\n`);
  throw new Error(`The trap refuses ${what}`);
};
appendFileSync(report, `armed ${process.pid}\n`);
const { Socket } = require('node:net');
const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  // Loaders talk to their own processes through pipes, which lead nowhere else.
  const [{ path } = {}] = [args[0]].flat();
  if (typeof path === 'string') return connect.apply(this, args);
  return spring('net.Socket.connect');
};
require('node:dgram').Socket.prototype.send = () => spring('dgram.Socket.send');
require('node:dns').lookup = () => spring('dns.lookup');
globalThis.fetch = () => spring('fetch');
globalThis.XMLHttpRequest = class { constructor() { spring('XMLHttpRequest'); } };
globalThis.WebSocket = class { constructor() { spring('WebSocket'); } };
