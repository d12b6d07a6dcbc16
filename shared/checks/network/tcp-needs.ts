import { z } from 'zod';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { settingEvidence, settingMissing, settingSubject } from '../support/settings.ts';
import { tableEvidence } from '../support/evidence.ts';
import { isLocalOnly, listening } from '../support/listening.ts';
import { rulesThatLetIn } from '../support/hba-needs.ts';
import { contextOfFacts, judgeRules, ruleReach } from '../support/hba-view.ts';
import { isLoopbackEntry } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { amount } from '../support/words.ts';

const connectionPage = postgresPage(
  'runtime-config-connection.html',
  'Connection settings, listen_addresses',
);

export const tcpListenExternal = defineCheck({
  id: 'tcp-listen-external',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The server listens to other machines only where a rule needs it',
    fail: 'The server listens to other machines, and no rule lets them in',
    topic: 'Listening to other machines',
  },
  why: 'The port answers the network, but pg_hba.conf lets nobody in from there. So nobody needs it, and what the server does before it reads pg_hba.conf is open to everybody who sends a packet. One wide line later, and so is the rest.',
  misuse: [
    'A flaw of the server that works before any login is used from another machine.',
    'Someone adds a line to pg_hba.conf for a quick test, and the port was open all the time.',
  ],
  byHand: [
    "As a superuser: ALTER SYSTEM SET listen_addresses = 'localhost';",
    'Restart PostgreSQL, then look: ss -Hltn sport = :5432',
    'Who works from elsewhere takes a tunnel: ssh -N -L 5433:127.0.0.1:5432 deploy@db1',
  ],
  references: {
    cis: ['5.2 (14-17)'],
    stig: ['CD12-00-004150', 'CD16-00-008000'],
    documentation: [connectionPage],
  },
  needs: ['settings', 'configurationFiles', 'cluster'],
  uses: ['memberships', 'interfaces', 'sessions'],
  parameters: z.object({}),
  judge({ settings, configurationFiles, cluster }, _context, { memberships, interfaces, sessions }) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    const evidence = [settingEvidence(found.setting, null)];
    if (isLocalOnly(found))
      return { status: 'pass', summary: 'The server does not listen to other machines.', evidence };
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const letIn = rulesThatLetIn(view, contextOfFacts({ memberships, interfaces }), settings);
      const remote = letIn.filter((rule) => ruleReach(rule) === 'remote');
      if (remote.length > 0) {
        return {
          status: 'pass',
          summary: `${amount(remote.length, 'rule')} of pg_hba.conf ${remote.length === 1 ? 'lets' : 'let'} other machines in.`,
          evidence,
        };
      }
      const seen =
        sessions.state === 'collected'
          ? sessions.value.filter(({ address }) => address !== null && !isLoopbackEntry(address))
          : [];
      return {
        status: 'fail',
        summary: `listen_addresses is ${found.setting.value}, and no rule of pg_hba.conf lets another machine in.`,
        evidence: [
          settingEvidence(found.setting, 'localhost'),
          ...(seen.length === 0
            ? []
            : [
                tableEvidence(
                  ['Still connected', 'Role'],
                  seen.map(({ address, role }) => [address ?? '', role]),
                ),
              ]),
        ],
        subjects: [settingSubject('listen_addresses')],
      };
    });
  },
});

export const udsOnly = defineCheck({
  id: 'uds-only',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'TCP is on because somebody may use it',
    fail: 'TCP is on, and nobody may use it',
    topic: 'Whether TCP is needed at all',
  },
  why: 'When every client is on the host and takes the Unix socket, the server needs no TCP port. Without one there is nothing to reach, to scan or to open by mistake.',
  misuse: [
    'A program of the host that was broken into makes connections to 127.0.0.1, where no file permission stands in between.',
  ],
  byHand: [
    'See that nobody uses it: SELECT usename, client_addr FROM pg_stat_activity WHERE client_addr IS NOT NULL;',
    "As a superuser: ALTER SYSTEM SET listen_addresses = '';",
    'Restart PostgreSQL. Tunnels of ssh then lead to the socket: ssh -N -L 5433:/var/run/postgresql/.s.PGSQL.5432 deploy@db1',
  ],
  references: {
    cis: ['5.2 (14-17)'],
    stig: ['CD12-00-004150', 'CD16-00-008000'],
    documentation: [connectionPage],
  },
  needs: ['settings', 'configurationFiles', 'cluster'],
  uses: ['memberships', 'interfaces'],
  parameters: z.object({
    /** Whether loopback alone is a reason to listen on TCP. */
    loopbackCounts: z.boolean().default(true),
  }),
  judge({ settings, configurationFiles, cluster }, { parameters }, { memberships, interfaces }) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    const evidence = [settingEvidence(found.setting, null)];
    if (found.scope === 'none')
      return { status: 'pass', summary: 'The server does not listen on TCP.', evidence };
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const letIn = rulesThatLetIn(view, contextOfFacts({ memberships, interfaces }), settings).filter(
        (rule) =>
          rule.type !== 'local' &&
          (ruleReach(rule) === 'remote' ? !isLocalOnly(found) : parameters.loopbackCounts),
      );
      if (letIn.length > 0) {
        return {
          status: 'pass',
          summary: `${amount(letIn.length, 'rule')} of pg_hba.conf ${letIn.length === 1 ? 'lets' : 'let'} clients in over TCP.`,
          evidence,
        };
      }
      return {
        status: 'fail',
        summary: `listen_addresses is ${found.setting.value}, and no rule that counts lets a client in over TCP.`,
        evidence: [settingEvidence(found.setting, "''")],
        subjects: [settingSubject('listen_addresses')],
      };
    });
  },
});

/** Checks of whether TCP is needed, in the order in which they are shown. */
export const tcpNeedChecks: readonly AnyCheck[] = [tcpListenExternal, udsOnly];
