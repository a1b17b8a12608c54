/** How a feed's address is opened: which protocols its address stands for, and what they are told. */
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';

/** A live feed. */
export interface FeedAddress {
  readonly url: string;
  /** Wait for the feed to be sent here (rtmp, rtsp, srt) instead of fetching it. */
  readonly listen: boolean;
  /** Longest time to connect, and longest silence of the network. */
  readonly connectMicros: number;
  /** How RTSP carries the media. */
  readonly rtspTransport: 'tcp' | 'udp';
}

/** What libav is told. */
export interface OpenPlan {
  readonly url: string;
  readonly options: Readonly<Record<string, string | number>>;
  /** A playlist, which may be finished: then it is read to its end like a file. */
  readonly playlist: boolean;
}

/** Schemes that a feed may have, with the protocols that libav may use for each, and no other. */
const PROTOCOLS: Readonly<Partial<Record<string, string>>> = {
  'rtmp:': 'rtmp,tcp',
  'rtmps:': 'rtmps,rtmp,tls,tcp',
  'rtsp:': 'rtsp,rtp,srtp,udp,tcp',
  'rtsps:': 'rtsps,rtsp,rtp,srtp,udp,tls,tcp',
  'srt:': 'srt',
  'udp:': 'udp',
  'rtp:': 'rtp,udp',
  'http:': 'http,https,tls,tcp,crypto',
  'https:': 'http,https,tls,tcp,crypto',
};

/** Schemes at which one can listen. */
const LISTENING = new Set(['rtmp:', 'rtsp:', 'srt:']);

/** The longest wait that RTSP knows; its own for ever is refused by the layer below. */
const MAX_LISTEN_SECONDS = 2_000_000;

/** Parts of a query that libav takes for options, some of which name files or other hosts. */
const QUERY_OPTIONS: Readonly<Partial<Record<string, ReadonlySet<string>>>> = {
  'srt:': new Set(['streamid', 'passphrase', 'pbkeylen', 'latency', 'rcvlatency', 'peerlatency', 'mode', 'transtype']),
  'udp:': new Set(['localaddr', 'reuse', 'sources', 'fifo_size', 'buffer_size', 'overrun_nonfatal']),
  'rtp:': new Set(['localaddr', 'reuse', 'sources', 'buffer_size']),
};

/** How to open `feed`. @throws FramewitnessError FW_FEED_REFUSED */
export function planOpening(feed: FeedAddress, location: ErrorLocation): OpenPlan {
  const refused = (detail: string): FramewitnessError => new FramewitnessError('FW_FEED_REFUSED', detail, { location });
  if (!URL.canParse(feed.url)) throw refused('the feed has no address that can be read');
  const url = new URL(feed.url);
  const protocols = PROTOCOLS[url.protocol];
  if (protocols === undefined) throw refused(`the scheme ${url.protocol.slice(0, -1)} is not one of ${Object.keys(PROTOCOLS).map((each) => each.slice(0, -1)).join(', ')}`);
  if (feed.listen && !LISTENING.has(url.protocol)) throw refused(`a feed cannot be waited for at ${url.protocol.slice(0, -1)}: listen is for rtmp, rtsp and srt`);
  const allowed = QUERY_OPTIONS[url.protocol];
  const unknown = allowed === undefined ? undefined : [...url.searchParams.keys()].find((key) => !allowed.has(key));
  if (unknown !== undefined) throw refused(`${unknown} is not an option that an address of a feed may have`);
  const millis = Math.ceil(feed.connectMicros / 1000);
  const common = { protocol_whitelist: protocols };
  switch (url.protocol) {
    case 'rtmp:':
    case 'rtmps:':
      return { url: feed.url, playlist: false, options: { ...common, rtmp_live: 'live', ...(feed.listen ? { listen: 1 } : { rw_timeout: feed.connectMicros }) } };
    case 'rtsp:':
    case 'rtsps:':
      return { url: feed.url, playlist: false, options: { ...common, ...(feed.listen ? { rtsp_flags: 'listen', listen_timeout: MAX_LISTEN_SECONDS } : { rtsp_transport: feed.rtspTransport, timeout: feed.connectMicros }) } };
    case 'srt:':
      return { url: feed.url, playlist: false, options: { ...common, ...(feed.listen ? { mode: 'listener' } : { connect_timeout: millis, timeout: feed.connectMicros }) } };
    case 'udp:':
    case 'rtp:':
      // Nobody connects: the silence of the feed is what is watched.
      return { url: feed.url, playlist: false, options: common };
    default:
      return { url: feed.url, playlist: true, options: { ...common, rw_timeout: feed.connectMicros, reconnect: 0, max_reload: 20, seg_max_retry: 2 } };
  }
}

/** An address as it may be shown: without password, stream key and query. */
export function publicAddress(text: string): string {
  if (!URL.canParse(text)) return 'an address that cannot be read';
  const url = new URL(text);
  const isKeyed = url.protocol.startsWith('rtmp');
  const path = isKeyed ? url.pathname.split('/').slice(0, 2).join('/') : url.pathname;
  return `${url.protocol}//${url.host}${path}`;
}
