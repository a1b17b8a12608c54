/** Exit codes of the command line (docs/reference/cli.md); a test ties them to the help text. */
export const EXIT = {
  /** Every input was judged. */
  ok: 0,
  /** A promise of the program itself was broken. */
  internal: 1,
  /** The command line or the topology is wrong; nothing was scanned. */
  usage: 2,
  /** Some inputs could not be judged, or only in part; the others were. */
  someFailed: 3,
  /** No input could be judged. */
  allFailed: 4,
  /** What was compared or verified does not agree. */
  mismatch: 5,
  /** With --fail-on-forged: at least one segment was judged forged. */
  forged: 10,
  /** Interrupted; what was finished before is kept. */
  interrupted: 130,
} as const;

/** The exit codes as the help text and the docs say them. */
export const EXIT_HELP = `Exit codes:
  0    every input was judged
  1    a promise of the program itself was broken (please report it)
  2    the command line or the topology is wrong; nothing was scanned
  3    some inputs could not be judged, or only in part; the others were
  4    no input could be judged
  5    what was compared or verified does not agree
  10   with --fail-on-forged: at least one segment was judged forged
  130  interrupted; what was finished before is kept`;
