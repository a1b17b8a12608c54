/** `framewitness keys`: the keys that verdicts are signed and checked with. */
import { unlink, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { readPem } from '../topology/build/signing.js';
import { createVerificationKey, generateKeys } from '../verdicts/signing.js';
import { EXIT } from './exit-codes.js';

/** Writes a new file; never replaces one, since what a lost key signed can no longer be told apart. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', 'The file exists and is not replaced: move it away, or choose another name with --out.', { location: { input: path }, cause: error });
    }
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}

async function generate(out: string): Promise<{ readonly keyId: string; readonly privateKey: string; readonly publicKey: string }> {
  const { privatePem, publicPem, keyId } = generateKeys();
  const [privateKey, publicKey] = [`${out}.private.pem`, `${out}.public.pem`];
  await writeNew(privateKey, privatePem, 0o600);
  try {
    await writeNew(publicKey, publicPem, 0o644);
  } catch (error) {
    await unlink(privateKey);
    throw error;
  }
  return { keyId, privateKey, publicKey };
}

/** The command; `finish` gets the exit code. */
export function keysCommand(finish: (code: number) => void): Command {
  const make = new Command('generate')
    .description('Make a pair of Ed25519 keys: NAME.private.pem, which only its owner may read, and NAME.public.pem.')
    .option('-o, --out <name>', 'where the two files go, without their endings; files that exist are not replaced', 'framewitness')
    .option('--json', 'print the result as JSON')
    .action(async ({ out, json }: { out: string; json?: true }) => {
      const made = await generate(out);
      if (json === true) process.stdout.write(`${JSON.stringify(made)}\n`);
      else process.stdout.write(`key id:      ${made.keyId}\nprivate key: ${made.privateKey} (keep it secret: whoever has it can sign verdicts as you)\npublic key:  ${made.publicKey} (give it to whoever checks them: framewitness verify --key)\n`);
      finish(EXIT.ok);
    });
  const show = new Command('id')
    .description('Print the id of a key: sha256: and the SHA-256 of the public key (SPKI, DER), as verdicts name it.')
    .argument('<FILE>', 'a PEM file, private or public')
    .action((file: string) => {
      process.stdout.write(`${createVerificationKey(readPem(file), file).keyId}\n`);
      finish(EXIT.ok);
    });
  return new Command('keys').description('Keys that verdicts are signed and checked with.').addCommand(make).addCommand(show);
}
