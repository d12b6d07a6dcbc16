import { readFile, stat, writeFile } from 'node:fs/promises';
import { factsFileSchema } from '../../shared/facts/facts.ts';
import type { FactSet, FactsFile } from '../../shared/facts/facts.ts';
import { HostError } from '../host/host.ts';
import { mapFact } from './define-collector.ts';
import { isCollectOutput, readCollectOutput } from './read-collect-output.ts';
import { isWindowsOutput, readWindowsOutput } from './read-windows-output.ts';

const maximumFileBytes = 128 * 1024 * 1024;
const mask = '********';

/** Passwords in connection strings, pg_hba options and commands that print a passphrase. */
const secretParts: readonly RegExp[] = [
  /(\bpassword\s*=\s*)(?:''[^']*''|\\?'(?:[^'\\]|\\.|'')*\\?'|[^\s'"]+)/gi,
  // An option may stand in quotes as a whole, or have them anywhere in its value.
  /((?:^|(?<=[\s,]))"(?:ldapbindpasswd|radiussecrets)\s*=)(?:[^"\n]|"")*/gim,
  /(\b(?:ldapbindpasswd|radiussecrets)\s*=\s*)(?!\*{8})(?:"(?:[^"\n]|"")*"|[^\s,"])+/gi,
];
/** After `echo` or `printf`, everything is the secret. */
const printedPassphrase = /(\b(?:echo|printf)\s+)(?:[^'\n]|'')+/gi;

/** Replaces what is secret in a text of settings or rules by asterisks. */
export function redactSecrets(text: string): string {
  return secretParts.reduce((current, pattern) => current.replace(pattern, `$1${mask}`), text);
}

function redactSetting(name: string | null, value: string): string {
  const plain = redactSecrets(value);
  return name !== null && /_command$/.test(name) ? plain.replace(printedPassphrase, `$1${mask}`) : plain;
}

/** A line `ssl_passphrase_command = 'echo secret'` of a file, and the secrets that any line may hold. */
export function redactFile(text: string): string {
  return redactSecrets(text).replace(/^[ \t]*ssl_passphrase_command\b.*$/gim, (line) =>
    line.replace(printedPassphrase, `$1${mask}`),
  );
}

/**
 * The facts without what must not be stored: passwords in settings, in configuration files and in rules. The checksums
 * of the files stay those of the real bytes, so such a file can be judged but not edited from a recording.
 */
export function redactedForSaving(file: FactsFile): FactsFile {
  const { settings, fileSettings, configurationFiles, hbaView, roles } = file.facts;
  const facts: FactSet = {
    ...file.facts,
    settings: mapFact(settings, (rows) =>
      rows.map((row) => ({
        ...row,
        value: redactSetting(row.name, row.value),
      })),
    ),
    fileSettings: mapFact(fileSettings, (rows) =>
      rows.map((row) => ({ ...row, value: row.value === null ? null : redactSetting(row.name, row.value) })),
    ),
    configurationFiles: mapFact(configurationFiles, (files) =>
      files.map((one) => ({ ...one, text: one.text === null ? null : redactFile(one.text) })),
    ),
    hbaView: mapFact(hbaView, (rows) =>
      rows.map((row) => ({ ...row, options: row.options.map(redactSecrets) })),
    ),
    roles: mapFact(roles, (rows) =>
      rows.map((role) => ({ ...role, settings: role.settings.map(redactSecrets) })),
    ),
  };
  return { ...file, facts };
}

/** Writes a facts file that only its owner may read, without secrets. */
export async function saveFacts(path: string, file: FactsFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(redactedForSaving(file), null, 1)}\n`, { mode: 0o600 });
}

/**
 * Reads a file of `saveFacts` or the output of the script of `writeCollectScript`.
 *
 * @throws HostError 'not-found' when the file does not exist, is above 128 MiB, or is neither.
 */
export async function loadFacts(path: string): Promise<FactsFile> {
  let bytes: Buffer;
  try {
    const { size } = await stat(path);
    if (size > maximumFileBytes) throw unreadable(path, 'it is larger than 128 MiB');
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw unreadable(path, error instanceof Error ? error.message : 'it cannot be read', error);
  }
  return parseFacts(bytes, path);
}

/** The facts in a facts file, or in the output of one of the collecting scripts. Throws HostError 'not-found' with the first thing that is wrong in it. */
export function parseFacts(bytes: Buffer, path: string): FactsFile {
  if (isCollectOutput(bytes)) return readCollectOutput(bytes);
  let json: unknown;
  try {
    // PowerShell may begin a file with a byte order mark.
    json = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw unreadable(path, 'it is no facts file', error);
  }
  if (isWindowsOutput(json)) return readWindowsOutput(json);
  const parsed = factsFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unreadable(
    path,
    `it is no facts file of this version (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
  );
}

function unreadable(path: string, reason: string, cause?: unknown): HostError {
  return new HostError(
    'not-found',
    `the facts file ${path} cannot be used: ${reason}`,
    'Give a file written by --facts-out or by the collecting script.',
    { cause },
  );
}
