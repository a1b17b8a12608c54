/** Certificates for a broker that speaks TLS, made anew by openssl for each test; nobody else trusts them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate and its key, PEM; and where they lie. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** What a test of TLS needs. */
export interface Certificates {
  /** Has signed the two below. */
  readonly authority: Certificate;
  /** An authority that has signed nothing. */
  readonly stranger: Certificate;
  /** For 127.0.0.1. */
  readonly broker: Certificate;
  readonly client: Certificate;
}

async function make(folder: string, name: string, extension: string, signer?: Certificate): Promise<Certificate> {
  const certificateFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const signing = signer === undefined ? [] : ['-CA', signer.certificateFile, '-CAkey', signer.keyFile];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', extension, ...signing, '-out', certificateFile, '-keyout', keyFile];
  try {
    await promisify(execFile)('openssl', args);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') throw new Error('the tests of TLS need the program openssl, 3.0 or later (Debian: apt install openssl)', { cause });
    throw cause;
  }
  return { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certificateFile, keyFile };
}

/** Makes them in `folder`. @throws a sentence that says what to install */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const isAuthority = 'basicConstraints=critical,CA:TRUE';
  const authority = await make(folder, 'authority', isAuthority);
  return {
    authority,
    stranger: await make(folder, 'stranger', isAuthority),
    broker: await make(folder, 'broker', 'subjectAltName=IP:127.0.0.1', authority),
    client: await make(folder, 'client', 'subjectAltName=DNS:client', authority),
  };
}

/** A text with line breaks as a value of a properties file. */
const inOneLine = (pem: string): string => pem.replaceAll('\n', '\\n');

/** What a broker is told, so that its clients' listener has the certificate and asks clients for one of the same authority. */
export function tlsProperties({ authority, broker }: Certificates): Readonly<Record<string, string>> {
  const settings = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': inOneLine(broker.certificate),
    'ssl.keystore.key': inOneLine(broker.key),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': inOneLine(authority.certificate),
    'ssl.client.auth': 'required',
  };
  // Without the name of the listener, `ssl.client.auth` does not hold where clients have passwords too.
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`listener.name.client.${name}`, value]));
}
