/**
 * The line with which x264 signs its streams, as a supplemental message (SEI) in front of the first picture. libav reads the
 * encoder's build number from it and decodes around that build's known faults (4:4:4 before build 151, for one); without it
 * the same packets give other pixels. So every segment cut from such a stream starts with the signature.
 */

const SEI_NAL_TYPE = 6;
const USER_DATA_UNREGISTERED = 5;
/** ISO/IEC 14496-10, D.1.6: sixteen bytes that say whose message it is; these are x264's. */
const X264_UUID = Buffer.from('dc45e9bde6d948b7962cd820d923eeef', 'hex');
/** A message's size is coded as a run of 255s and a rest. */
const SIZE_STEP = 255;
const START_CODE = Buffer.from([0, 0, 1]);

/** How NAL units are told apart in a packet: a length of so many bytes before each, or start codes (Annex B). */
export type NalFraming = 1 | 2 | 3 | 4 | 'annex-b';

/** Framing of H.264 packets that belong to `extradata`: avcC (ISO/IEC 14496-15) states it, anything else is Annex B. */
export function nalFraming(extradata: Uint8Array | null): NalFraming {
  if (extradata === null || extradata.length < 7 || extradata[0] !== 1) return 'annex-b';
  return (((extradata[4] ?? 3) & 3) + 1) as NalFraming;
}

/** The signature NAL unit in an H.264 packet, without its framing; undefined where there is none. */
export function findSignature(packet: Buffer, framing: NalFraming): Buffer | undefined {
  return nalUnits(packet, framing).find(isSignature);
}

/** `packet` with `signature` in front. */
export function withSignature(packet: Buffer, signature: Buffer, framing: NalFraming): Buffer {
  if (framing === 'annex-b') return Buffer.concat([Buffer.of(0), START_CODE, signature, packet]);
  const length = Buffer.alloc(framing);
  length.writeUIntBE(signature.length, 0, framing);
  return Buffer.concat([length, signature, packet]);
}

function isSignature(nal: Buffer): boolean {
  if (((nal[0] ?? 0) & 0x1f) !== SEI_NAL_TYPE || nal[1] !== USER_DATA_UNREGISTERED) return false;
  let at = 2;
  while (nal[at] === SIZE_STEP) at += 1;
  return nal.subarray(at + 1, at + 1 + X264_UUID.length).equals(X264_UUID);
}

function nalUnits(packet: Buffer, framing: NalFraming): readonly Buffer[] {
  return framing === 'annex-b' ? startCodeUnits(packet) : lengthUnits(packet, framing);
}

function lengthUnits(packet: Buffer, lengthBytes: 1 | 2 | 3 | 4): readonly Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at + lengthBytes <= packet.length; ) {
    const start = at + lengthBytes;
    const end = start + packet.readUIntBE(at, lengthBytes);
    if (end > packet.length) break;
    units.push(packet.subarray(start, end));
    at = end;
  }
  return units;
}

function startCodeUnits(packet: Buffer): readonly Buffer[] {
  const units: Buffer[] = [];
  for (let code = packet.indexOf(START_CODE); code >= 0; ) {
    const start = code + START_CODE.length;
    const next = packet.indexOf(START_CODE, start);
    // A four-byte start code's first zero belongs to no unit.
    const end = next < 0 ? packet.length : next > start && packet[next - 1] === 0 ? next - 1 : next;
    units.push(packet.subarray(start, end));
    code = next;
  }
  return units;
}
