/** Small things that every use of libav here needs: quiet logging, error texts, exact time arithmetic. */
import { AV_LOG_QUIET, AV_NOPTS_VALUE, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { FFmpegError, Log } from 'node-av/lib';
import type { IRational } from 'node-av/lib';

/** libav writes to standard error by itself; what it has to say reaches the caller as return codes and flags instead. */
export function silenceLibav(): void {
  Log.setLevel(AV_LOG_QUIET);
}

/** libav's own words for one of its error codes. */
export function libavMessage(code: number): string {
  return `${FFmpegError.strerror(code)} (${code})`;
}

/** True for «nothing more for now»: feed more, or the end was reached. */
export function isDrained(code: number): boolean {
  return code === AVERROR_EAGAIN || code === AVERROR_EOF;
}

/** A timestamp of libav, or undefined for AV_NOPTS_VALUE. */
export function timestamp(value: bigint): bigint | undefined {
  return value === AV_NOPTS_VALUE ? undefined : value;
}

/** `ticks` of `timeBase` in microseconds, rounded half up, exactly. */
export function toMicros(ticks: bigint, timeBase: IRational): number {
  const numerator = ticks * 1_000_000n * BigInt(timeBase.num) * 2n + BigInt(timeBase.den);
  const denominator = BigInt(timeBase.den) * 2n;
  const truncated = numerator / denominator;
  return Number(numerator < 0n && truncated * denominator !== numerator ? truncated - 1n : truncated);
}
