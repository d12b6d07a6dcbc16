import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { groupWritable, isSticky, otherMembers, worldWritable } from '../support/accounts.ts';
import { modeText, rightsEvidence } from '../support/evidence.ts';
import { worstOf } from '../support/hba-findings.ts';
import type { Severity } from '../../findings/finding.ts';
import { postgresPage } from '../support/references.ts';
import { tlsIsOff } from '../support/tls-view.ts';
import { listOf } from '../support/words.ts';

export const tlsKeyPerms = defineCheck({
  id: 'tls-key-perms',
  pillar: 'transport',
  severity: 'high',
  titles: {
    pass: 'The private key is readable by the server only',
    fail: 'Others can get at the private key',
    topic: 'Permissions of the private key',
  },
  why: 'Whoever has the private key can pose as the server, and read recordings made with old ciphers. The file belongs to the server alone.',
  misuse: [
    'Another account of the host, or a backup program, reads the key file.',
    'With it a second machine presents the certificate, and no client notices.',
  ],
  byHand: [
    'A key of the server: chown postgres:postgres server.key; chmod 0600 server.key',
    'A key that services share by a group: chown root:ssl-cert server.key; chmod 0640 server.key',
    'Look for an ACL that adds more: getfacl server.key; remove it: setfacl -b server.key',
    'Nobody else may write to its folder: chmod o-w,g-w /etc/postgresql/tls',
  ],
  references: {
    cis: ['6.8 (12, 14-17)'],
    stig: ['CD12-00-010200', 'CD16-00-004100'],
    documentation: [postgresPage('ssl-tcp.html', 'Secure TCP/IP connections with SSL')],
  },
  needs: ['settings', 'tlsFiles', 'cluster'],
  uses: ['accounts'],
  parameters: z.object({}),
  judge({ settings, tlsFiles: { key }, cluster }, _context, { accounts }) {
    const off = tlsIsOff(settings);
    if (off !== null) return off;
    const { status, folder } = key;
    if (status.type === 'missing')
      return { status: 'not-assessed', summary: `${status.path} does not exist.` };
    if (status.type === 'link') {
      return {
        status: 'not-assessed',
        summary: `${status.path} is a link to ${status.target ?? 'an unknown file'}, whose rights were not read.`,
      };
    }
    const problems: { severity: Severity; note: string; path: string }[] = [];
    const add = (severity: Severity, path: string, note: string) => problems.push({ severity, path, note });
    const byRoot = status.owner === 'root';
    if ((status.mode & 0o007) !== 0)
      add('high', status.path, `mode ${modeText(status.mode)} is open to every account`);
    if (!byRoot && status.owner !== cluster.owner) add('high', status.path, `it belongs to ${status.owner}`);
    if (!byRoot && (status.mode & 0o070) !== 0)
      add('high', status.path, `group ${status.group} has rights on it`);
    if (byRoot && (status.mode & 0o030) !== 0)
      add('high', status.path, `group ${status.group} may change it`);
    const readers =
      byRoot && (status.mode & 0o040) !== 0 && accounts.state === 'collected'
        ? otherMembers(accounts.value, status.group, [cluster.owner])
        : [];
    if (readers.length > 0)
      add('medium', status.path, `${listOf(readers)} can read it too, by group ${status.group}`);
    const open =
      worldWritable(folder) ||
      (groupWritable(folder) && folder.group !== 'root' && folder.group !== cluster.owner);
    if (open && !isSticky(folder)) add('high', folder.path, 'others may put another file in its place');
    const noteOf = (path: string) =>
      problems
        .filter((problem) => problem.path === path)
        .map(({ note }) => note)
        .join('; ');
    const evidence = [
      rightsEvidence([
        { status, note: noteOf(status.path) },
        { status: folder, note: noteOf(folder.path) },
      ]),
    ];
    if (problems.length > 0) {
      return {
        status: 'fail',
        summary: `${listOf(problems.map(({ path, note }) => `${path}: ${note}`))}.`,
        evidence,
        subjects: [...new Set(problems.map(({ path }) => path))].map((name) => ({ kind: 'file', name })),
        severity: worstOf(problems),
      };
    }
    if (status.hasAcl) {
      return {
        status: 'manual',
        summary: `An ACL on ${status.path} may let more accounts in: getfacl shows it.`,
        evidence,
      };
    }
    return {
      status: 'pass',
      summary: `${status.path}: ${modeText(status.mode)} ${status.owner}:${status.group}.`,
      evidence,
    };
  },
});
