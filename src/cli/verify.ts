/** `framewitness verify`: is what is written what was written, and by whom. */
import { Command } from 'commander';
import { readPem } from '../topology/build/signing.js';
import { createVerificationKey, type VerificationKey } from '../verdicts/signing.js';
import { verifyFile, type Verification, type VerifyProblem } from '../verdicts/verify.js';
import { counted } from '../verdicts/words.js';
import { EXIT } from './exit-codes.js';
import { table } from './table.js';
import { printable } from './text.js';

interface VerifyCommandOptions {
  readonly key?: readonly string[];
  readonly partial?: true;
  readonly json?: true;
}

/** Problems shown of one file; --json has up to a thousand. */
const MAX_LINES = 50;
/** Streams shown of one file. */
const MAX_STREAMS = 100;

/** The command; `finish` gets the exit code. */
export function verifyCommand(finish: (code: number) => void): Command {
  return new Command('verify')
    .description('Check verdict files offline: form, invariants, digests, hash chains and signatures; says which record breaks, and how.')
    .argument('<FILE...>', 'files of verdicts, one JSON record a line: from scan, from an archive, or exported from the verdict topic; - for standard input')
    .option('-k, --key <file...>', 'public key (PEM); with any, every record must be signed with one of them')
    .option('--partial', 'let a stream begin in the middle of its chain, as in an export of a range')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  framewitness verify verdicts.jsonl
  framewitness verify verdicts.jsonl --key framewitness.public.pem --json

A chain shows every change but one: that its newest records were cut off. Compare the heads that are printed with heads that
were kept elsewhere. Without --key, whoever can write the file can write all of its chain anew.`,
    )
    .action(async (files: string[], { key, partial, json }: VerifyCommandOptions) => {
      const keys = (key ?? []).map((path) => createVerificationKey(readPem(path), path));
      const results: { file: string; result: Verification }[] = [];
      for (const file of files) {
        const result = await verifyFile(file === '-' ? process.stdin : file, { keys, partial: partial === true });
        results.push({ file, result });
        if (json !== true) process.stdout.write(asText(file, result, keys));
      }
      // A file without records shows nothing, least of all that there were none.
      const ok = results.every(({ result }) => result.problemCount === 0 && result.records > 0);
      if (json === true) process.stdout.write(`${JSON.stringify({ ok, keys: keys.map(({ keyId }) => keyId), files: results.map(({ file, result }) => ({ file, ...result })) })}\n`);
      finish(ok ? EXIT.ok : EXIT.mismatch);
    });
}

function asText(file: string, { records, signed, streams, problems, problemCount, gaps }: Verification, keys: readonly VerificationKey[]): string {
  const name = printable(file, 240);
  const place = ({ line, stream, sequence }: VerifyProblem): string => `${name}:${line}:${stream === null ? '' : ` ${printable(stream)} segment ${sequence ?? '?'}:`}`;
  const lines = problems.slice(0, MAX_LINES).map((problem) => `error ${problem.code}: ${place(problem)} ${problem.message}`);
  if (problemCount > lines.length) lines.push(`(${counted(problemCount - lines.length, 'more problem')}${problems.length > MAX_LINES ? ': see --json' : ''})`);
  lines.push(...gaps.slice(0, MAX_LINES).map((gap) => `note: ${place(gap)} ${gap.message}, and the chain is whole: nothing was removed`));
  const rows = streams.slice(0, MAX_STREAMS).map((stream) => [printable(stream.stream, 48), String(stream.records), String(stream.signed), stream.problems === 0 ? 'whole' : counted(stream.problems, 'problem'), `${stream.head.sequence}: ${stream.head.hash}`]);
  if (rows.length > 0) lines.push(table(['stream', 'records', 'signed', 'chain', 'head'], rows));
  if (streams.length > rows.length) lines.push(`(${counted(streams.length - rows.length, 'more stream')}: see --json)`);
  const signatures = keys.length > 0 ? `${counted(signed, 'record')} signed, checked against ${counted(keys.length, 'key')}` : signed > 0 ? `${counted(signed, 'signature')} not checked, since no --key was given` : 'no signatures';
  const verdict = problemCount > 0 ? `NOT VERIFIED, ${counted(problemCount, 'problem')}` : records === 0 ? 'NOT VERIFIED, it is empty' : 'verified';
  lines.push(`${name}: ${verdict}; ${counted(records, 'record')} of ${counted(streams.length, 'stream')}; ${signatures}`);
  return `${lines.join('\n')}\n`;
}
