/** The topology's `transport.claims`: from where the media of claim checks may be fetched. What is not listed is refused. */
import { resolve } from 'node:path';
import { list, number, section, text, toggle, whole } from './fields.js';

const path = { pattern: /^[^\u0000-\u001f\u007f-\u009f]{1,1024}$/, form: 'a path' };

/** The section. */
export const claims = section('Records whose value is a claim check (a URI, a size and a SHA-256) instead of the media. Nothing is fetched from a place that is not listed here.', {
  attempts: whole({ about: 'Attempts at what may succeed later: a reset connection, a time-out, a busy store.', unit: 'attempts', min: 1, max: 20, default: 4 }),
  retryMillis: whole({ about: 'Wait before the second attempt; it doubles with each further one.', unit: 'milliseconds', min: 1, max: 60_000, default: 250 }),
  timeoutSeconds: number({ about: 'Longest time of one attempt.', unit: 'seconds', min: 0.1, max: 3_600, default: 60 }),
  idleSeconds: number({ about: 'Longest silence within an attempt, while connecting or between two pieces of the body.', unit: 'seconds', min: 0.1, max: 600, default: 10 }),
  file: section('Claim checks with `file:` URIs.', {
    folders: list({ about: 'Folders that the files may lie in, at any depth; relative ones start at the folder of this file. Links that lead out of them are refused.', ...path, example: '/srv/segments', max: 64 }),
  }),
  http: section('Claim checks with `http:` and `https:` URIs. Redirects are followed within the listed origins, three at most.', {
    origins: list({
      about: 'Scheme, host and, unless it is the scheme\'s own, port. `*.` stands for every host below a domain.',
      pattern: /^https?:\/\/(?:(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/,
      form: 'an origin in lower case, such as https://media.example.org, https://*.example.org or http://10.0.0.5:8080',
      example: 'https://media.example.org',
      max: 256,
    }),
    privateAddresses: list({
      about: 'Addresses and ranges that may be connected to although they are not public (private, loopback, link-local and the like). The address that is connected to is the one that was checked.',
      pattern: /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)(?:\/[0-9]{1,3})?$/,
      form: 'an address or range, such as 10.20.0.0/16 or fd00::/8',
      example: '10.20.0.0/16',
      max: 256,
    }),
  }),
  s3: section('Claim checks with `s3://bucket/key` URIs. Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the like), shared files or the machine\'s role, as the AWS SDK finds them.', {
    buckets: list({ about: 'Buckets that may be read.', pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, form: 'the name of a bucket', example: 'segments', max: 256 }),
    endpoint: text({ about: 'Address of an S3-compatible store; empty for AWS.', pattern: /^(?:https?:\/\/[A-Za-z0-9.:[\]-]{1,255}(?:\/[A-Za-z0-9._~/-]{0,255})?)?$/, form: 'empty, or an address such as https://store.example.org', example: 'https://store.example.org', default: '' }),
    region: text({ about: 'Region of the store.', pattern: /^[a-z0-9-]{1,64}$/, form: 'the name of a region', example: 'eu-central-1', default: 'us-east-1' }),
    pathStyle: toggle({ about: 'Bucket in the path of addresses and not in their host, as most stores other than AWS want it.', default: false }),
  }),
});

/** The section's values with absolute folders. @param folder - the folder of the topology file */
export function withAbsoluteFolders<S extends { readonly file: { readonly folders: readonly string[] } }>(settings: S, folder: string): S {
  return { ...settings, file: { ...settings.file, folders: settings.file.folders.map((each) => resolve(folder, each)) } };
}
