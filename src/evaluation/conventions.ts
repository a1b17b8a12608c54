/**
 * How scores of faces become scores of frames and videos. The field has no one way; figures are comparable only where the
 * way is the same, so it is named with every figure.
 */

/** Names of {@link CONVENTIONS}. */
export const CONVENTION_NAMES = ['framewitness', 'deepfakebench', 'sbi'] as const;
/** A member of {@link CONVENTION_NAMES}. */
export type ConventionName = (typeof CONVENTION_NAMES)[number];

/** What becomes of a video in which nothing could be scored. */
export const NO_FACE_NAMES = ['abstain', 'half'] as const;
/** A member of {@link NO_FACE_NAMES}: left out and counted, or scored 0.5 and counted. */
export type NoFace = (typeof NO_FACE_NAMES)[number];

/** One way. */
export interface Convention {
  readonly name: ConventionName;
  /** Faces of a frame that count; the highest of them is the frame's score. `large`: at least half the area of the largest. */
  readonly faces: 'all' | 'large' | 'largest';
  /** A video's score: the mean log-odds of its segments, or the mean probability of its frames. */
  readonly video: 'segments' | 'frames';
  readonly noFace: NoFace;
  /** In words, for reports. */
  readonly about: string;
}

/** The ways that are known. */
export const CONVENTIONS: Readonly<Record<ConventionName, Convention>> = {
  framewitness: {
    name: 'framewitness',
    faces: 'all',
    video: 'segments',
    noFace: 'abstain',
    about: "A segment's score is the highest fused probability of its judged tracks, as its verdict says; a video's, the mean log-odds of its segments. A frame's is the highest of its faces.",
  },
  deepfakebench: {
    name: 'deepfakebench',
    faces: 'largest',
    video: 'frames',
    noFace: 'abstain',
    about: "As DeepfakeBench (Yan et al. 2023): one face a frame, the largest; frames without a face do not exist; a video's score is the mean probability of its frames. Unlike it, clips that share a name are kept apart.",
  },
  sbi: {
    name: 'sbi',
    faces: 'large',
    video: 'frames',
    noFace: 'half',
    about: "As the test script of self-blended images (Shiohara and Yamasaki 2022): of a frame, the highest of the faces with at least half the area of the largest; a video's score is the mean probability of its frames with a face; 0.5 where there is none.",
  },
};
