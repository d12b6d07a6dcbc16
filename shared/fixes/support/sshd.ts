import type { FactValue } from '../../facts/facts.ts';
import type { OperationOf } from '../../plan/operation.ts';
import { notOffered, offered } from './offers.ts';
import type { OfferAnswer } from './offers.ts';

export { plainAccountName as plainAccount } from '../../access/tunnel.ts';

const folder = '/etc/ssh/sshd_config.d';

/** The distributions whose sshd_config reads that folder, from the release on that brought it. */
const readsFolder: Readonly<Record<string, number>> = {
  debian: 11,
  ubuntu: 20.04,
  rhel: 9,
  rocky: 9,
  almalinux: 9,
  centos: 9,
  fedora: 32,
};

/** Whether sshd reads files of its own folder on this host. */
export function readsSnippets({ distribution, distributionVersion }: FactValue<'system'>): OfferAnswer {
  const since = readsFolder[distribution];
  // Debian's testing and unstable have no version.
  const reads =
    since !== undefined && (distributionVersion === '' || parseFloat(distributionVersion) >= since);
  return reads
    ? offered
    : notOffered(
        'It is not known whether sshd reads /etc/ssh/sshd_config.d here. Change sshd_config by hand.',
      );
}

/** The path of a file of that folder. Those that come first are read first, and sshd takes the first value that it reads. */
export const snippetPath = (name: string): string => `${folder}/${name}.conf`;

/** A new file for sshd, checked by sshd itself before it is read. */
export function sshdSnippet(name: string, lines: readonly string[]): OperationOf<'file'> {
  return {
    kind: 'file',
    path: snippetPath(name),
    // Comments may hold what comes from the host: nothing of it begins a line of its own.
    content: `# Written by Portcullis.\n${lines.map((line) => line.replace(/\p{Cc}/gu, ' ')).join('\n')}\n`,
    mode: 0o644,
    owner: 'root',
    group: 'root',
    previousSha256: null,
    validate: 'sshd -t',
    activate: 'systemctl reload ssh.service 2>/dev/null || systemctl reload sshd.service',
  };
}
