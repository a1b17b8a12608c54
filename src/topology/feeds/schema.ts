/** The format of a file of feeds: one zod schema for types, JSON Schema, lint and reference page. */
import { z } from 'zod';
import { number, option, section, text, toggle, whole } from '../fields.js';

/** Format version that this release reads. */
export const FEEDS_VERSION = '1.0';

/** Waits between attempts to connect. */
const reconnect = section('Waits between attempts to connect; begun anew when a segment came through.', {
  initialMillis: whole({ about: 'First wait.', unit: 'milliseconds', min: 10, max: 600_000, default: 500 }),
  maxMillis: whole({ about: 'Longest wait.', unit: 'milliseconds', min: 10, max: 3_600_000, default: 30_000 }),
  multiplier: number({ about: 'Each wait is so many times the one before.', unit: 'times', min: 1, max: 10, default: 2 }),
});

/** Where a feed is cut. */
const cut = section('Where a live feed is cut. Files are cut as `segments` of the topology says.', {
  targetSeconds: number({ about: 'A segment ends before the first keyframe at which it is at least this long.', unit: 'seconds', min: 0.1, max: 600, default: 2 }),
  maxSeconds: number({ about: 'Where no keyframe comes for so long, the segment ends all the same; what follows up to the next keyframe is published as segments that cannot be decoded by themselves.', unit: 'seconds', min: 0.1, max: 3_600, default: 20 }),
  maxBytes: whole({ about: 'The same for bytes.', unit: 'bytes', min: 65_536, max: 1_073_741_824, default: 33_554_432 }),
  maxJumpSeconds: number({ about: 'A longer step of the feed\'s clock ahead is not believed: media time then goes by the wall clock.', unit: 'seconds', min: 0.1, max: 86_400, default: 10 }),
});

/** One feed. */
export const feed = z
  .strictObject({
    stream: text({ about: 'Stream id: the key of its records. Unique.', pattern: /^[^\u0000-\u001f\u007f-\u009f]{1,256}$/, form: 'text without control characters, at most 256', example: 'camera-1' }),
    url: text({
      about: 'Address: rtmp, rtmps, rtsp, rtsps, srt, udp, rtp, or http and https for HLS. Secrets come from the environment, as `${env:NAME}`.',
      pattern: /^(?:rtmps?|rtsps?|srt|udp|rtp|https?):\/\/[^\s\u0000-\u001f\u007f-\u009f]{1,2000}$/,
      form: 'an address that begins with rtmp:, rtmps:, rtsp:, rtsps:, srt:, udp:, rtp:, http: or https:',
      example: 'rtsp://camera.example.org/live',
    }),
    listen: toggle({ about: 'Wait for the feed to be sent to this address (rtmp, rtsp, srt) instead of fetching it.', default: false }),
    rtspTransport: option({ about: 'How RTSP carries the media.', values: ['tcp', 'udp'], default: 'tcp' }),
    connectSeconds: number({ about: 'Longest time to connect.', unit: 'seconds', min: 0.1, max: 600, default: 10 }),
    silenceSeconds: number({ about: 'A connection that brings no video frame for so long is given up.', unit: 'seconds', min: 0.1, max: 3_600, default: 15 }),
    maxBufferedBytes: whole({ about: 'Segments that wait for the brokers. When there are more, whole segments are dropped, and counted.', unit: 'bytes', min: 1_048_576, max: 17_179_869_184, default: 134_217_728 }),
    endOfStream: toggle({ about: 'Close the stream when the feed ends of itself, as a finished HLS playlist does.', default: false }),
    cut,
    reconnect,
  })
  .meta({ description: 'One feed. It fails alone.' });

const claimStore = z
  .strictObject({
    folder: text({ about: 'Folder for the media; a relative one starts at the folder of this file. Empty: use the bucket.', pattern: /^[^\u0000-\u001f\u007f-\u009f]{0,1024}$/, form: 'a path, or empty', example: '/srv/segments', default: '' }),
    bucket: text({ about: 'Bucket for the media; where it is, transport.claims.s3 of the topology says.', pattern: /^(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/, form: 'the name of a bucket, or empty', example: 'segments', default: '' }),
    prefix: text({ about: 'Put before every key in the bucket.', pattern: /^[A-Za-z0-9._/-]{0,256}$/, form: 'letters, digits, dots, slashes, hyphens and underscores', example: 'live/', default: '' }),
  })
  .optional()
  .meta({ description: 'Where segments go that do not fit a record; their records then carry claim checks. One of folder and bucket. Without it, such a segment is lost, and counted.' });

/** The schema. */
export const feedsSchema = z
  .strictObject({
    version: z.literal(FEEDS_VERSION, { error: `must be "${FEEDS_VERSION}"` }).meta({ description: 'Version of this format, in quotes.', examples: [FEEDS_VERSION], 'x-range': `"${FEEDS_VERSION}", in quotes` }),
    claimStore,
    feeds: z.array(feed).min(1).max(1_000).meta({ description: 'The feeds, at least one.' }),
  })
  .meta({ title: 'framewitness feeds', description: 'Live feeds that `framewitness ingest --feeds` publishes.' });

/** A valid file, with every default filled in. */
export type Feeds = z.output<typeof feedsSchema>;

/** One feed of it. */
export type FeedSettings = z.output<typeof feed>;

/** What a feed may say beside its stream and address. */
export type FeedInput = z.input<typeof feed>;

