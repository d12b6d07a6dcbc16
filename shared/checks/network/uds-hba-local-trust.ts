import { z } from 'zod';
import { defineCheck } from '../define-check.ts';
import { worldTraversable } from '../support/accounts.ts';
import { textEvidence } from '../support/evidence.ts';
import { failRules, liveReach, unreachedNote } from '../support/hba-findings.ts';
import { hbaContext, judgeRules } from '../support/hba-view.ts';
import { whoIsLetIn } from '../support/hba-roles.ts';
import { postgresPage } from '../support/references.ts';

export const udsHbaLocalTrust = defineCheck({
  id: 'uds-hba-local-trust',
  pillar: 'network',
  severity: 'critical',
  titles: {
    pass: 'Local logins prove who they are',
    fail: 'Any account of the host may log in as any role',
    topic: 'Local rules that trust',
  },
  why: 'trust skips authentication: whoever is on the host names a role and becomes it, the superuser included. Every service that runs there is then an administrator of the database.',
  misuse: [
    'An attacker gets into any account of the host, by a flaw of a web application, say.',
    'psql -U postgres makes him superuser, without a password.',
    'COPY … TO PROGRAM then runs commands as the account of the server.',
  ],
  byHand: [
    'In pg_hba.conf, put peer in the place of trust: the operating system then vouches for the account.',
    'Keep a line for the administrator first: local all postgres peer',
    'Where account and role differ, add a map in pg_ident.conf, or use scram-sha-256 and set passwords.',
    'SELECT pg_reload_conf(); then look at pg_hba_file_rules and log in anew before you close this session.',
  ],
  references: {
    cis: ['5.3 (14-17)', '5.1 (12)'],
    stig: ['CD12-00-011500', 'CD16-00-003600'],
    documentation: [
      postgresPage('auth-trust.html', 'Trust authentication'),
      postgresPage('auth-peer.html', 'Peer authentication'),
    ],
  },
  needs: ['configurationFiles', 'cluster', 'settings'],
  uses: ['roles', 'memberships', 'unixSockets'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster, settings }, _context, { roles, memberships, unixSockets }) {
    const members = memberships.state === 'collected' ? memberships.value : [];
    const context = hbaContext(members);
    const sockets = unixSockets.state === 'collected' ? unixSockets.value : [];
    // Nobody but the owner and root gets to a socket of mode 0700, so there trust gives little away.
    const private_ =
      sockets.length > 0 &&
      sockets.every(
        ({ socket, folders }) =>
          (socket.mode & 0o022) === 0 ||
          folders.some((folder) => !worldTraversable(folder) && (folder.mode & 0o010) === 0),
      );
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const trusting = view.rules.filter(({ type, method }) => type === 'local' && method === 'trust');
      if (trusting.length === 0) {
        return { status: 'pass', summary: 'No local rule uses trust.', evidence: [] };
      }
      const found = trusting.map((rule) => {
        const note = unreachedNote(view, liveReach(view, rule, context, settings));
        const severity = note === null && !private_ ? ('critical' as const) : ('medium' as const);
        return { rule, severity, note: note ?? '' };
      });
      const reached = found.filter(({ note }) => note === '').map(({ rule }) => rule);
      const letIn = roles.state === 'collected' ? whoIsLetIn(reached, roles.value, members) : null;
      return failRules({
        view,
        found,
        one: 'lets accounts of the host in without a password',
        many: 'let accounts of the host in without a password',
        because:
          reached.length === 0
            ? 'trust, but never reached behind earlier rules'
            : private_
              ? "trust, though only the server's own account gets to the socket"
              : 'trust, so an account of the host is whichever role it names',
        more: letIn === null || reached.length === 0 ? [] : [textEvidence(letIn)],
      });
    });
  },
});
