/** Track: settles which tentative frames count, associates faces over time, and keeps the accounts of frames and faces. */
import { isFirstOnGrid } from '../domain/sampling.js';
import type { SampledFrame, SegmentAnalysis, SkipReason, TrackedFace } from '../domain/faces.js';
import type { FaceTracker, SamplingGrid, TrackerState } from '../domain/ports.js';
import type { FaceAccounting, FrameAccounting } from '../domain/verdict.js';

/** What tracking needs of the segments before. */
export interface TrackingState {
  readonly tracker: TrackerState;
  /** Media time of the last frame present so far; null before the first. */
  readonly lastPtsMicros: number | null;
}

/** A segment's faces with their tracks. */
export interface TrackedSegment {
  readonly analysis: SegmentAnalysis;
  /** In order of media time, then of track. */
  readonly faces: readonly TrackedFace[];
  /** Tracks that ended in or before this segment, and hard cuts, in order of media time. */
  readonly ended: readonly { readonly track: number; readonly beforeMicros: number }[];
  readonly frameAccounts: FrameAccounting;
  readonly faceAccounts: FaceAccounting;
}

type SkipCounts = Partial<Record<SkipReason, number>>;

function count(counts: SkipCounts, reason: SkipReason, by = 1): void {
  if (by > 0) counts[reason] = (counts[reason] ?? 0) + by;
}

function later(before: number | null, now: number | undefined): number | null {
  if (before === null || now === undefined) return now ?? before;
  return Math.max(before, now);
}

/** The state before a stream's first segment. */
export function initialTracking(tracker: FaceTracker): TrackingState {
  return { tracker: tracker.initial(), lastPtsMicros: null };
}

/** Advances a stream by one segment. Pure: the same state and analysis give the same answer. */
export function trackSegment(tracker: FaceTracker, grid: SamplingGrid): (state: TrackingState, analysis: SegmentAnalysis) => { state: TrackingState; tracked: TrackedSegment } {
  const counts = (frame: SampledFrame, before: number | null): boolean => {
    if (before === null) return true;
    // Where segments overlap in time, what was seen stays seen: event time must not run backwards.
    if (frame.ptsMicros <= before) return false;
    return !frame.tentative || isFirstOnGrid(before, frame.ptsMicros, grid.framesPerSecond);
  };

  return (state, analysis) => {
    const frames = analysis.frames.filter((frame) => counts(frame, state.lastPtsMicros));
    const faces: TrackedFace[] = [];
    const ended: { track: number; beforeMicros: number }[] = [];
    const skippedFrames: SkipCounts = {};
    const skippedFaces: SkipCounts = {};
    let trackerState = state.tracker;
    let found = 0;
    let analysed = 0;
    for (const frame of frames) {
      const step = tracker.advance(trackerState, frame);
      trackerState = step.state;
      for (const track of step.ended) ended.push({ track, beforeMicros: frame.ptsMicros });
      const assigned = [...step.assigned].sort((a, b) => a.track - b.track);
      for (const { face, track } of assigned) {
        const observation = frame.faces[face];
        if (observation) faces.push({ track, ptsMicros: frame.ptsMicros, box: observation.box, confidence: observation.confidence, crop: observation.crop });
      }
      found += frame.faces.length;
      for (const [reason, n] of Object.entries(frame.facesSkipped) as [SkipReason, number][]) {
        found += n;
        count(skippedFaces, reason, n);
      }
      count(skippedFaces, 'untracked', frame.faces.length - assigned.length);
      if (assigned.length > 0) analysed++;
      else count(skippedFrames, frame.skipped ?? 'untracked');
    }
    const { present, undecodable, notWanted, lastPtsMicros } = analysis.accounting;
    return {
      state: { tracker: trackerState, lastPtsMicros: later(state.lastPtsMicros, lastPtsMicros) },
      tracked: {
        analysis,
        faces,
        ended,
        frameAccounts: { present, sampled: frames.length, notSampled: notWanted + analysis.frames.length - frames.length, undecodable, analysed, skipped: skippedFrames },
        faceAccounts: { found, analysed: faces.length, skipped: skippedFaces },
      },
    };
  };
}
