/** What the user named to `ingest`, as feeds and files. */
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import { publicAddress } from '../media/feed-address.js';
import type { IngestRequest } from '../topology/build/ingest.js';
import { parseFeeds } from '../topology/feeds/load.js';
import type { FeedSettings, Feeds } from '../topology/feeds/schema.js';
import type { FilePlan } from '../transports/ingest/file-runner.js';
import { watchFolder } from '../transports/ingest/folder.js';
import { MEDIA_EXTENSIONS, resolveInputs, type ResolvedInput } from './inputs.js';

/** Options of `ingest` that say what is published. */
export interface SourceOptions {
  readonly stream?: string;
  readonly watch?: true;
  readonly endOfStream?: true;
  readonly listen?: true;
  readonly targetSeconds?: number;
  readonly maxSeconds?: number;
  readonly maxBytes?: number;
  readonly claimStore?: string;
}

function usage(detail: string): FramewitnessError {
  return new FramewitnessError('FW_USAGE', detail);
}

/** Whether a source is an address and not a path. */
function isAddress(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
}

/**
 * @param feeds - of the file of feeds, if one was named
 * @param onMissing - told of inputs that cannot be read
 * @throws FramewitnessError FW_USAGE
 */
export async function ingestRequest(sources: readonly string[], options: SourceOptions, feeds: Feeds | undefined, stop: AbortSignal, onMissing: (error: FramewitnessError) => void): Promise<IngestRequest> {
  if (sources.length === 0 && feeds === undefined) throw usage('name a file, a folder or an address, or a file of feeds with --feeds');
  if (options.stream !== undefined && (sources.length !== 1 || options.watch === true)) throw usage('--stream names one stream: give it with one source');
  const addresses = sources.filter(isAddress);
  const paths = sources.filter((source) => !isAddress(source));
  const own = addresses.map((url) => feedOf(url, options));
  const all = [...(feeds?.feeds ?? []), ...own];
  const repeated = all.find(({ stream }, index) => all.findIndex((other) => other.stream === stream) < index);
  if (repeated !== undefined) throw usage(`two feeds have the stream ${repeated.stream}: name them with --stream, in runs of their own, or in a file of feeds`);
  const claimStore = options.claimStore === undefined ? feeds?.claimStore : claimStoreOf(options.claimStore);
  const endOfStream = options.endOfStream === true;
  const plan = (path: string): FilePlan => ({ path, stream: options.stream ?? path, endOfStream });
  const common = { feeds: all, ...(claimStore === undefined ? {} : { claimStore }) };
  if (options.watch === true) {
    const [folder] = paths;
    if (folder === undefined || paths.length > 1 || !(await stat(folder).then((found) => found.isDirectory(), () => false))) throw usage('--watch needs one folder');
    return { ...common, fileStreams: undefined, files: watched(folder, plan, stop) };
  }
  const files = paths.length === 0 ? [] : await resolveInputs(paths);
  if (options.stream !== undefined && files.length > 1) throw usage('--stream names one stream, and the source is several files');
  const found: string[] = [];
  for (const input of files) {
    const error = failureOf(input);
    if (error === undefined) found.push(input.path);
    else onMissing(error);
  }
  return { ...common, fileStreams: found.map((path) => plan(path).stream), files: listed(found.map(plan)) };
}

function failureOf(input: ResolvedInput): FramewitnessError | undefined {
  if ('error' in input) return input.error;
  return input.path === '-' ? usage('ingest reads no standard input: write to a file, or stream by SRT, RTMP or UDP') : undefined;
}

async function* listed(plans: readonly FilePlan[]): AsyncGenerator<FilePlan, void, void> {
  yield* plans;
  await Promise.resolve();
}

async function* watched(folder: string, plan: (path: string) => FilePlan, stop: AbortSignal): AsyncGenerator<FilePlan, void, void> {
  const isMedia = (name: string): boolean => MEDIA_EXTENSIONS.includes(extname(name).slice(1).toLowerCase());
  for await (const path of watchFolder(folder, isMedia, stop)) yield plan(path);
}

/** A feed of the command line, checked as one of a file would be. */
function feedOf(url: string, { stream, listen, targetSeconds, maxSeconds, maxBytes, endOfStream }: SourceOptions): FeedSettings {
  const cut = { targetSeconds, maxSeconds, maxBytes };
  const written = { version: '1.0', feeds: [{ stream: stream ?? publicAddress(url), url, listen: listen === true, endOfStream: endOfStream === true, cut }] };
  // Dollars of the address are its own here, and no references to the environment.
  const { problems, feeds } = parseFeeds(JSON.stringify(written).replaceAll('$', '$$$$'), 'the command line', {});
  const feed = feeds?.feeds[0];
  if (feed === undefined) throw usage(problems.map(({ message, hint }) => `${message.replaceAll('feeds[0].', '')} (${hint})`).join('; '));
  return feed;
}

function claimStoreOf(place: string): NonNullable<Feeds['claimStore']> {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9._/-]{0,256}))?$/.exec(place) ?? [];
  if (bucket !== undefined) return { folder: '', bucket, prefix };
  if (isAddress(place)) throw usage('--claim-store takes a folder, or s3://bucket/prefix');
  return { folder: resolve(place), bucket: '', prefix: '' };
}
