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
require('node:net').Socket.prototype.connect = () => spring('net.Socket.connect');
require('node:dgram').Socket.prototype.send = () => spring('dgram.Socket.send');
require('node:dns').lookup = () => spring('dns.lookup');
globalThis.fetch = () => spring('fetch');
globalThis.XMLHttpRequest = class { constructor() { spring('XMLHttpRequest'); } };
globalThis.WebSocket = class { constructor() { spring('WebSocket'); } };
