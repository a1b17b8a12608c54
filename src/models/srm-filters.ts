/**
 * Three high-pass filters of the steganalysis rich model (Fridrich and Kodovský, IEEE TIFS 2012), as Zhou et al. ("Learning
 * Rich Features for Image Manipulation Detection", CVPR 2018, section 3.2) chose them: what they leave of a picture is
 * its noise.
 */

/** Row-major taps, 5 × 5 each, divided: a second-order filter over 3 × 3, one over 5 × 5, and a horizontal second difference. */
export const SRM_FILTERS: readonly (readonly number[])[] = [
  { divisor: 4, taps: [0, 0, 0, 0, 0, 0, -1, 2, -1, 0, 0, 2, -4, 2, 0, 0, -1, 2, -1, 0, 0, 0, 0, 0, 0] },
  { divisor: 12, taps: [-1, 2, -2, 2, -1, 2, -6, 8, -6, 2, -2, 8, -12, 8, -2, 2, -6, 8, -6, 2, -1, 2, -2, 2, -1] },
  { divisor: 2, taps: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
].map(({ divisor, taps }) => taps.map((tap) => tap / divisor));
