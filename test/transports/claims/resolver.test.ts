import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { FramewitnessError, type ErrorCode } from '../../../src/domain/errors.js';
import { openS3 } from '../../../src/transports/claims/s3-claims.js';
import { createClaimResolver, type ClaimResolverOptions } from '../../../src/transports/claims/resolver.js';
import type { ClaimSettings } from '../../../src/transports/claims/settings.js';
import { STRICT, claimFor, serve, serveS3 } from './stores.js';

const MEDIA = Buffer.from('media of one segment '.repeat(5_000));
const LOOPBACK = ['127.0.0.1'];
/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';

let folder: string;
before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'framewitness-claims-')));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function resolveClaim(value: Buffer, changes: Partial<ClaimSettings>, options: Partial<ClaimResolverOptions> = {}, signal?: AbortSignal): Promise<Uint8Array> {
  const resolver = createClaimResolver({ ...STRICT, ...changes }, { maxSegmentBytes: 1 << 28, ...options });
  try {
    return (await resolver.resolve(value, { stream: 'test', sequence: 7 }, signal)).media;
  } finally {
    resolver.close();
  }
}

async function failsWith(promise: Promise<unknown>, code: ErrorCode, message?: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof FramewitnessError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.location.sequence, 7);
    assert.equal(error.retriable, code === 'FW_CLAIM_UNAVAILABLE' || code === 'FW_INTERRUPTED');
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

describe('the claim check itself', () => {
  for (const [what, value] of [
    ['no JSON', Buffer.from('media')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a key too many', Buffer.from(JSON.stringify({ uri: 'file:///a', bytes: 1, sha256: '0'.repeat(64), more: 1 }))],
    ['a size of nothing', claimFor('file:///a', MEDIA, { bytes: 0 })],
    ['a digest in capitals', claimFor('file:///a', MEDIA, { sha256: 'A'.repeat(64) })],
    ['far too long', claimFor(`file:///${'a'.repeat(20_000)}`, MEDIA)],
  ] as const) {
    test(`${what}: FW_CLAIM_INVALID`, () => failsWith(resolveClaim(value, {}), 'FW_CLAIM_INVALID'));
  }
  test('a declared size above the limit is refused before anything is fetched', async (t) => {
    const { origin, requests } = await serve(t, (_, response) => response.end(MEDIA));
    const claim = claimFor(`${origin}/a`, MEDIA);
    await failsWith(resolveClaim(claim, { http: { origins: [origin], privateAddresses: LOOPBACK } }, { maxSegmentBytes: MEDIA.length - 1 }), 'FW_LIMIT_SEGMENT_BYTES');
    assert.equal(requests(), 0);
  });
  for (const uri of ['ftp://host/a', 'data:text/plain,a', '/etc/passwd', 'http://', 'gopher://a', 's3:bucket/key']) {
    test(`${uri}: FW_CLAIM_REFUSED`, () => failsWith(resolveClaim(claimFor(uri, MEDIA), {}), 'FW_CLAIM_REFUSED'));
  }
});

describe('file claims', () => {
  const inside = (): string => join(folder, 'allowed');
  before(() => {
    mkdirSync(join(inside(), 'deep'), { recursive: true });
    mkdirSync(join(folder, 'allowed-not'));
    for (const path of ['allowed/deep/a b.ts', 'outside.ts', 'allowed-not/a.ts']) writeFileSync(join(folder, path), MEDIA);
    symlinkSync(join(folder, 'outside.ts'), join(inside(), 'link.ts'));
    symlinkSync(folder, join(inside(), 'up'));
    symlinkSync('deep/a b.ts', join(inside(), 'good-link.ts'));
    symlinkSync(inside(), join(folder, 'alias'));
    execFileSync('mkfifo', [join(inside(), 'pipe')]);
  });
  const read = (path: string, changes = {}, folders = [inside()]): Promise<Uint8Array> => resolveClaim(claimFor(path.startsWith('file:') ? path : pathToFileURL(path).href, MEDIA, changes), { file: { folders } });

  test('below a listed folder: the bytes', async () => {
    for (const path of ['allowed/deep/a b.ts', 'allowed/good-link.ts']) assert.deepEqual(Buffer.from(await read(join(folder, path))), MEDIA, path);
  });
  test('a listed folder may itself be a link', async () => {
    assert.deepEqual(Buffer.from(await read(join(folder, 'alias/deep/a b.ts'), {}, [join(folder, 'alias')])), MEDIA);
  });
  for (const path of ['outside.ts', 'absent-outside.ts', 'allowed-not/a.ts', 'allowed/link.ts', 'allowed/up/outside.ts', 'allowed/pipe', 'allowed/deep']) {
    test(`${path}: FW_CLAIM_REFUSED`, () => failsWith(read(join(folder, path)), 'FW_CLAIM_REFUSED'));
  }
  test('dots, encoded or not, lead nowhere else', async () => {
    const base = pathToFileURL(inside()).href;
    for (const uri of [`${base}/../outside.ts`, `${base}/%2e%2e/outside.ts`, `${base}/deep/..%2F..%2Foutside.ts`]) await failsWith(read(uri), 'FW_CLAIM_REFUSED');
  });
  test('another machine is refused', () => failsWith(read('file://server/share/a.ts'), 'FW_CLAIM_REFUSED'));
  test('no folder listed: refused', () => failsWith(read(join(folder, 'allowed/deep/a b.ts'), {}, []), 'FW_CLAIM_REFUSED'));
  test('missing: FW_CLAIM_NOT_FOUND', () => failsWith(read(join(inside(), 'absent.ts')), 'FW_CLAIM_NOT_FOUND'));
  test('another size or digest: FW_CLAIM_MISMATCH', async () => {
    await failsWith(read(join(inside(), 'good-link.ts'), { bytes: MEDIA.length + 1 }), 'FW_CLAIM_MISMATCH', /has 105000 bytes, and the claim check declares 105001/);
    await failsWith(read(join(inside(), 'good-link.ts'), { sha256: '0'.repeat(64) }), 'FW_CLAIM_MISMATCH', /SHA-256/);
  });
});

describe('web claims', () => {
  const fetchFrom = async (t: TestContext, listener: RequestListener, changes: Partial<ClaimSettings> = {}, path = '/a'): Promise<Uint8Array> => {
    const { origin } = await serve(t, listener);
    return await resolveClaim(claimFor(`${origin}${path}`, MEDIA), { ...changes, http: { origins: [origin], privateAddresses: LOOPBACK } });
  };
  test('a listed origin at a listed address: the bytes, with and without a declared length', async (t) => {
    assert.deepEqual(Buffer.from(await fetchFrom(t, (_, response) => response.writeHead(200, { 'content-length': MEDIA.length }).end(MEDIA))), MEDIA);
    assert.deepEqual(Buffer.from(await fetchFrom(t, (_, response) => {
      response.write(MEDIA.subarray(0, 10));
      response.end(MEDIA.subarray(10));
    })), MEDIA);
  });

  for (const [status, code] of [[404, 'FW_CLAIM_NOT_FOUND'], [410, 'FW_CLAIM_NOT_FOUND'], [401, 'FW_CLAIM_DENIED'], [403, 'FW_CLAIM_DENIED'], [206, 'FW_CLAIM_DENIED'], [408, 'FW_CLAIM_UNAVAILABLE'], [429, 'FW_CLAIM_UNAVAILABLE'], [500, 'FW_CLAIM_UNAVAILABLE'], [503, 'FW_CLAIM_UNAVAILABLE']] as const) {
    test(`the answer ${status}: ${code}`, (t) => failsWith(fetchFrom(t, (_, response) => response.writeHead(status).end(MEDIA)), code));
  }
  test('a secret in the address is not told', (t) =>
    assert.rejects(fetchFrom(t, (_, response) => response.writeHead(404).end(), {}, '/a?signature=SECRET'), (error: Error) => !error.message.includes('SECRET')));


  test('an origin that is not listed is not connected to', async (t) => {
    const { origin, port, requests } = await serve(t, (_, response) => response.end(MEDIA));
    for (const origins of [[], [`https://127.0.0.1:${port}`], [`http://127.0.0.1`], [`http://127.0.0.1:${port + 1}`], ['http://localhost']]) {
      await failsWith(resolveClaim(claimFor(`${origin}/a`, MEDIA), { http: { origins, privateAddresses: LOOPBACK } }), 'FW_CLAIM_REFUSED');
    }
    await failsWith(resolveClaim(claimFor(`http://user:word@127.0.0.1:${port}/a`, MEDIA), { http: { origins: [origin], privateAddresses: LOOPBACK } }), 'FW_CLAIM_REFUSED', /^http:\/\/127/);
    assert.equal(requests(), 0);
  });
  test('a star stands for hosts below a domain, at a name that is looked up', async (t) => {
    const { port } = await serve(t, (_, response) => response.end(MEDIA));
    const resolveName: ClaimResolverOptions['resolveName'] = (_, done) => {
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const http = { origins: [`http://*.example.org:${port}`], privateAddresses: LOOPBACK };
    assert.equal((await resolveClaim(claimFor(`http://a.b.example.org:${port}/`, MEDIA), { http }, { resolveName })).length, MEDIA.length);
    for (const host of ['example.org', 'badexample.org', 'example.org.evil.net']) {
      await failsWith(resolveClaim(claimFor(`http://${host}:${port}/`, MEDIA), { http }, { resolveName }), 'FW_CLAIM_REFUSED');
    }
  });
  test('private addresses are refused, however they are written', async (t) => {
    const { port, requests } = await serve(t, (_, response) => response.end(MEDIA));
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '0.0.0.0', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1', '169.254.169.254', '192.168.1.1', '[fe80::1]', '[fd00::1]', '[2002:7f00:1::]', '[64:ff9b::7f00:1]', 'localhost']) {
      const uri = `http://${host}:${port}/a`;
      await failsWith(resolveClaim(claimFor(uri, MEDIA), { http: { origins: [new URL(uri).origin], privateAddresses: [] } }), 'FW_CLAIM_REFUSED', /not public/);
    }
    assert.equal(requests(), 0);
  });
  test('a name is looked up once, and only an address that was checked is connected to', async (t) => {
    const allowed = await serve(t, (_, response) => response.end(MEDIA));
    const forbidden = await serve(t, (_, response) => response.end(MEDIA), '127.0.0.2');
    let lookups = 0;
    // A name that gives another address at each look-up, and forbidden ones beside the allowed one.
    const resolveName: ClaimResolverOptions['resolveName'] = (_, done) => {
      lookups += 1;
      done(null, lookups === 1 ? [{ address: '127.0.0.2', family: 4 }, { address: '127.0.0.1', family: 4 }] : [{ address: '127.0.0.2', family: 4 }]);
    };
    const at = (port: number): Promise<Uint8Array> =>
      resolveClaim(claimFor(`http://rebinding.example:${port}/a`, MEDIA), { http: { origins: [`http://rebinding.example:${port}`], privateAddresses: LOOPBACK } }, { resolveName });
    assert.equal((await at(allowed.port)).length, MEDIA.length);
    assert.equal(lookups, 1);
    await failsWith(at(forbidden.port), 'FW_CLAIM_REFUSED', /127\.0\.0\.2, which is not public/);
    assert.equal(lookups, 2);
    assert.equal(forbidden.requests(), 0);
  });

  test('redirects go on within the listed origins, three at most', async (t) => {
    const hop: RequestListener = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end(MEDIA);
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    assert.equal((await fetchFrom(t, hop, {}, '/3')).length, MEDIA.length);
    await failsWith(fetchFrom(t, hop, {}, '/4'), 'FW_CLAIM_REFUSED', /more than 3 times/);
  });
  test('a redirect to elsewhere is refused, and elsewhere hears nothing of it', async (t) => {
    const elsewhere = await serve(t, (_, response) => response.end(MEDIA));
    for (const location of [`${elsewhere.origin}/a`, `//127.0.0.1:${elsewhere.port}/a`, 'file:///etc/passwd', 'http://169.254.169.254/latest', 'https://127.0.0.1/']) {
      await failsWith(fetchFrom(t, (_, response) => response.writeHead(307, { location }).end()), 'FW_CLAIM_REFUSED');
    }
    await failsWith(fetchFrom(t, (_, response) => response.writeHead(301, { location: 'http://[' }).end()), 'FW_CLAIM_REFUSED');
    assert.equal(elsewhere.requests(), 0);
  });

  test('a wrong declared length, a body too long or too short, other bytes: FW_CLAIM_MISMATCH', async (t) => {
    await failsWith(fetchFrom(t, (_, response) => response.writeHead(200, { 'content-length': MEDIA.length + 1 }).flushHeaders()), 'FW_CLAIM_MISMATCH', /has 105001 bytes/);
    await failsWith(fetchFrom(t, (_, response) => response.end(Buffer.concat([MEDIA, MEDIA]))), 'FW_CLAIM_MISMATCH');
    await failsWith(fetchFrom(t, (_, response) => {
      response.write(MEDIA.subarray(1));
      response.end();
    }), 'FW_CLAIM_MISMATCH', /has 104999 bytes/);
    await failsWith(fetchFrom(t, (_, response) => response.end(Buffer.alloc(MEDIA.length))), 'FW_CLAIM_MISMATCH', /SHA-256/);
  });
  test('an endless body is cut off at the declared size', async (t) => {
    let sent = 0;
    let closed: Promise<unknown> = Promise.resolve();
    const flood = (response: ServerResponse): void => {
      while (!response.destroyed && response.write(MEDIA)) sent += MEDIA.length;
    };
    await failsWith(fetchFrom(t, (_, response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      response.on('drain', () => {
        flood(response);
      });
      flood(response);
    }), 'FW_CLAIM_MISMATCH', /more than the declared/);
    await closed;
    assert.ok(sent < 100 * 1024 * 1024, `${sent} bytes were taken`);
  });
  test('a body that trickles, one that stalls, and a server that never answers: FW_CLAIM_UNAVAILABLE', async (t) => {
    await failsWith(fetchFrom(t, (_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    }, { timeoutSeconds: 0.5 }), 'FW_CLAIM_UNAVAILABLE', /timeout/);
    await failsWith(fetchFrom(t, (_, response) => response.write('x'), { idleSeconds: 0.3 }), 'FW_CLAIM_UNAVAILABLE', /no byte came for 0.3 s/);
    await failsWith(fetchFrom(t, () => undefined, { idleSeconds: 0.3 }), 'FW_CLAIM_UNAVAILABLE', /no byte came for 0.3 s/);
  });
  test('a connection that is refused, reset before or within the answer: FW_CLAIM_UNAVAILABLE', async (t) => {
    await failsWith(resolveClaim(claimFor(`${NOBODY}/a`, MEDIA), { http: { origins: [NOBODY], privateAddresses: LOOPBACK } }), 'FW_CLAIM_UNAVAILABLE', /ECONNREFUSED/);
    await failsWith(fetchFrom(t, (request) => request.socket.resetAndDestroy()), 'FW_CLAIM_UNAVAILABLE');
    await failsWith(fetchFrom(t, (request, response) => {
      response.writeHead(200, { 'content-length': MEDIA.length });
      response.write(MEDIA.subarray(0, 1000), () => setTimeout(() => request.socket.resetAndDestroy(), 50));
    }), 'FW_CLAIM_UNAVAILABLE');
  });
  test('what may pass is tried again, what may not is not', async (t) => {
    const failing = (status: number, times: number): RequestListener => {
      let left = times;
      return (_, response) => {
        left -= 1;
        if (left < 0) response.end(MEDIA);
        else response.writeHead(status).end();
      };
    };
    const tried = async (listener: RequestListener, attempts: number): Promise<{ readonly outcome: string; readonly requests: number }> => {
      const { origin, requests } = await serve(t, listener);
      const outcome = await resolveClaim(claimFor(`${origin}/a`, MEDIA), { attempts, http: { origins: [origin], privateAddresses: LOOPBACK } }).then(() => 'media', (error: unknown) => (error as FramewitnessError).code);
      return { outcome, requests: requests() };
    };
    assert.deepEqual(await tried(failing(503, 2), 3), { outcome: 'media', requests: 3 });
    assert.deepEqual(await tried(failing(503, 9), 3), { outcome: 'FW_CLAIM_UNAVAILABLE', requests: 3 });
    assert.deepEqual(await tried(failing(404, 1), 3), { outcome: 'FW_CLAIM_NOT_FOUND', requests: 1 });
  });
  test('giving up ends the wait: FW_INTERRUPTED', async (t) => {
    const { origin } = await serve(t, () => {
      giveUp.abort();
    });
    const giveUp = new AbortController();
    await failsWith(resolveClaim(claimFor(`${origin}/a`, MEDIA), { attempts: 5, http: { origins: [origin], privateAddresses: LOOPBACK } }, {}, giveUp.signal), 'FW_INTERRUPTED');
  });
  test('a range that is none is said at once', () => {
    assert.throws(() => createClaimResolver({ ...STRICT, http: { origins: [], privateAddresses: ['10.0.0.0/33'] } }, { maxSegmentBytes: 1 }), (error: FramewitnessError) => error.code === 'FW_TOPOLOGY_INVALID');
  });
});

describe('S3 claims, from a real S3-compatible server', () => {
  test('an object of a listed bucket, a missing one, another bucket, another digest', async (t) => {
    const { endpoint } = await serveS3(t, join(folder, 's3'), ['segments', 'secret']);
    const s3 = { buckets: ['segments', 'absent'], endpoint, region: 'us-east-1', pathStyle: true };
    const client = await openS3(s3, 5_000);
    for (const Bucket of ['segments', 'secret']) await client.send(new PutObjectCommand({ Bucket, Key: 'a/b c+%20ü.ts', Body: MEDIA }));
    client.destroy();
    const uri = 's3://segments/a/b c+%20ü.ts';
    assert.deepEqual(Buffer.from(await resolveClaim(claimFor(uri, MEDIA), { s3 })), MEDIA);
    await failsWith(resolveClaim(claimFor('s3://segments/absent', MEDIA), { s3 }), 'FW_CLAIM_NOT_FOUND');
    await failsWith(resolveClaim(claimFor('s3://absent/key', MEDIA), { s3 }), 'FW_CLAIM_NOT_FOUND');
    await failsWith(resolveClaim(claimFor(uri.replace('segments', 'secret'), MEDIA), { s3 }), 'FW_CLAIM_REFUSED');
    await failsWith(resolveClaim(claimFor(uri, MEDIA, { sha256: '0'.repeat(64) }), { s3 }), 'FW_CLAIM_MISMATCH');
    await failsWith(resolveClaim(claimFor(uri, MEDIA, { bytes: 10 }), { s3 }), 'FW_CLAIM_MISMATCH');
  });
  test('a store that refuses, is busy, hangs or is not there', async (t) => {
    await serveS3(t, join(folder, 's3-unused'), []);
    const at = async (listener: RequestListener, changes: Partial<ClaimSettings> = {}): Promise<Uint8Array> => {
      const { origin } = await serve(t, listener);
      return await resolveClaim(claimFor('s3://segments/a', MEDIA), { ...changes, s3: { buckets: ['segments'], endpoint: origin, region: 'us-east-1', pathStyle: true } });
    };
    await failsWith(at((_, response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')), 'FW_CLAIM_DENIED');
    await failsWith(at((_, response) => response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')), 'FW_CLAIM_UNAVAILABLE');
    await failsWith(at((_, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end()), 'FW_CLAIM_DENIED');
    await failsWith(at(() => undefined, { idleSeconds: 0.3 }), 'FW_CLAIM_UNAVAILABLE');
    await failsWith(at((_, response) => response.write('x'), { idleSeconds: 0.3 }), 'FW_CLAIM_UNAVAILABLE');
    await failsWith(at((_, response) => response.write('x'), { timeoutSeconds: 0.3 }), 'FW_CLAIM_UNAVAILABLE');
    const s3 = { buckets: ['segments'], endpoint: NOBODY, region: 'us-east-1', pathStyle: true };
    await failsWith(resolveClaim(claimFor('s3://segments/a', MEDIA), { s3 }), 'FW_CLAIM_UNAVAILABLE', /ECONNREFUSED/);
  });
});
