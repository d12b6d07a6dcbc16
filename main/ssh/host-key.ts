import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';
import { HostError } from '../host/host.ts';
import {
  fingerprintOf,
  formatKnownHostsLine,
  judgeHostKey,
  keyTypeOf,
  knownHostName,
  knownKeyTypes,
} from './known-hosts.ts';
import type { KnownHostsEntry } from './known-hosts.ts';
import { appendKnownHost, readKnownHosts } from './known-hosts-store.ts';
import type { SshRoute } from './ssh-config.ts';

/** What is known of one host before it shows its key. */
export interface HostKeyExpectation {
  readonly name: string;
  readonly fallbackName: string | null;
  readonly entries: readonly KnownHostsEntry[];
  /** Where "remember" writes. */
  readonly file: string;
  /** In the order in which they are asked for: known types first. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
}

// SHA-1 signatures (`ssh-rsa` as an algorithm) are left out; an RSA key signs by SHA-2 (RFC 8332).
const algorithmsOfType: readonly (readonly [string, readonly ServerHostKeyAlgorithm[]])[] = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
];

/** Reads what known_hosts says of a host. `file` stands in place of the person's own files when given. */
export async function expectHostKey(route: SshRoute, file: string | null): Promise<HostKeyExpectation> {
  const files = [...(file === null ? route.userKnownHostsFiles : [file]), ...route.globalKnownHostsFiles];
  const entries = await readKnownHosts(files);
  const alias = route.hostKeyAlias?.toLowerCase() ?? null;
  const name = alias ?? knownHostName(route.hostName, route.port);
  const fallbackName = alias === null && route.port !== 22 ? knownHostName(route.hostName, 22) : null;
  const known = knownKeyTypes(entries, name);
  const isKnown = (type: string): boolean => known.includes(type);
  const ordered = [
    ...algorithmsOfType.filter(([type]) => isKnown(type)),
    ...algorithmsOfType.filter(([type]) => !isKnown(type)),
  ];
  return {
    name,
    fallbackName,
    entries,
    file: file ?? route.userKnownHostsFiles[0] ?? '',
    algorithms: ordered.flatMap(([, algorithms]) => algorithms),
  };
}

function changed(route: SshRoute, key: Buffer, expected: readonly KnownHostsEntry[]): HostError {
  const lines = expected
    .map((entry) => `${entry.keyType} ${fingerprintOf(entry.key)} (${entry.file} line ${entry.line})`)
    .join(', ');
  return new HostError(
    'host-key-changed',
    `The host key of ${route.alias} has changed. Known: ${lines}. Shown now: ${keyTypeOf(key) ?? 'unknown'} ${fingerprintOf(key)}. Somebody may be answering in its place.`,
    `Ask whoever runs the host. If the key was really replaced, remove the old line (ssh-keygen -R ${JSON.stringify(
      knownHostName(route.hostName, route.port),
    )}) and connect again.`,
  );
}

/**
 * Decides whether the key that a host showed is trusted; resolves with the words for the progress line.
 * `pinned` is the key of an earlier login of this connection: then nothing else is good enough.
 * Rejects with HostError host-key-changed, host-key-revoked, host-key-unknown (refused by the person).
 */
export async function checkHostKey(
  route: SshRoute,
  expectation: HostKeyExpectation,
  key: Buffer,
  options: {
    readonly pinned: Buffer | null;
    readonly acceptNew: boolean;
    readonly hash: boolean;
    readonly ask: (prompt: Prompt) => Promise<PromptAnswer>;
  },
): Promise<string> {
  const { name, fallbackName, entries, file } = expectation;
  const type = keyTypeOf(key) ?? 'unknown';
  const fingerprint = fingerprintOf(key);
  const verdict = judgeHostKey(entries, name, fallbackName, key);
  if (verdict.kind === 'revoked')
    throw new HostError(
      'host-key-revoked',
      `The host key of ${route.alias} (${type} ${fingerprint}) is marked as revoked in ${verdict.entry.file} line ${verdict.entry.line}.`,
      'Do not connect. Ask whoever revoked the key.',
    );
  if (options.pinned !== null && !options.pinned.equals(key))
    throw new HostError(
      'host-key-changed',
      `${route.alias} showed ${fingerprintOf(options.pinned)} at the first login and ${fingerprint} now.`,
      'Somebody may be answering in its place, or several hosts share this name. Ask whoever runs the host.',
    );
  if (verdict.kind === 'changed') throw changed(route, key, verdict.expected);
  if (verdict.kind === 'known') return `${type}, known`;
  if (options.pinned !== null) return `${type}, as before`;
  const line = formatKnownHostsLine(name, key, options.hash);
  const authorities =
    verdict.authorities.length > 0
      ? '; its certificate authority is known, but certificates are not supported'
      : '';
  let decision: 'remember' | 'once' | 'disconnect' = 'remember';
  if (!options.acceptNew) {
    const answer = await options.ask({
      kind: 'host-key-unknown',
      host: route.alias === route.hostName ? route.alias : `${route.alias} (${route.hostName})`,
      port: route.port,
      keyType: type,
      fingerprint,
      knownHostsLine: line,
      knownHostsFile: file,
    });
    decision = answer.kind === 'host-key' ? answer.decision : 'disconnect';
  }
  if (decision === 'disconnect')
    throw new HostError(
      'host-key-unknown',
      `The host key of ${route.alias} (${type} ${fingerprint}) is not known and was not accepted${authorities}.`,
      'Compare the fingerprint with the one on the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and connect again.',
    );
  if (decision === 'once') return `${type}, accepted for this time${authorities}`;
  try {
    await appendKnownHost(file, line);
    return `${type}, now remembered${authorities}`;
  } catch (error) {
    return `${type}, accepted, but ${file} could not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}
