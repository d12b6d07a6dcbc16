import { z } from 'zod';
import { admittedNetworks } from '../../access/agreement.ts';
import { notRemote } from '../../access/endpoints.ts';
import { readGround } from '../../access/ground.ts';
import { shortNetworks } from '../../access/networks.ts';
import { formatNetwork } from '../../lib/cidr.ts';
import { difference, isEmptySet, union } from '../../lib/network-set.ts';
import type { NetworkSet } from '../../lib/network-set.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence, textEvidence } from '../support/evidence.ts';
import { judgeRules } from '../support/hba-view.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { postgresPage } from '../support/references.ts';
import { settingMissing } from '../support/settings.ts';
import { listOf } from '../support/words.ts';

export const fwVsHba = defineCheck({
  id: 'fw-vs-hba',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Firewall and pg_hba.conf agree',
    fail: 'Firewall and pg_hba.conf disagree',
    topic: 'Firewall compared with pg_hba.conf',
  },
  why: 'Two lists say who may come: that of the firewall and that of the server. Where they differ, one of them is out of date: an opening that nobody needs, or a client that cannot get through.',
  misuse: [
    'A network lost its rule in pg_hba.conf, but the firewall still lets it through to the server.',
    'The next wide rule in pg_hba.conf lets it in again, and no second barrier is left.',
  ],
  byHand: [
    'List what the firewall lets through to port 5432, and the addresses in pg_hba.conf.',
    'Close in the firewall what has no rule there.',
    'Remove rules for networks that the firewall keeps away, or open it for them.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file')],
  },
  needs: ['firewall', 'settings', 'configurationFiles', 'cluster'],
  uses: ['interfaces', 'memberships', 'listeners', 'roles', 'databases', 'system'],
  parameters: z.object({}),
  judge({ firewall, settings, configurationFiles, cluster }, _context, optional) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    if (isLocalOnly(found)) return { status: 'not-applicable', summary: localOnlyReason(found) };
    const has = <T>(value: T) => ({ state: 'collected', value }) as const;
    const ground = readGround({
      ...optional,
      firewall: has(firewall),
      settings: has(settings),
      configurationFiles: has(configurationFiles),
      cluster: has(cluster),
    });
    const { firewall: model } = ground;
    if (model === null || (model.managers.length === 0 && model.problems.length === 0)) {
      return {
        status: 'not-applicable',
        summary: 'There is no firewall that pg_hba.conf could be compared with.',
      };
    }
    const nobody = notRemote(ground);
    const networksOf = (set: NetworkSet) => shortNetworks(set, nobody).map(formatNetwork);
    return judgeRules(configurationFiles, cluster.major, () => {
      const { through, unclear, because, named, perhaps, doubtful } = admittedNetworks(ground);
      if (!isEmptySet(unclear)) {
        return {
          status: 'not-assessed',
          summary: `The firewall could not be understood as a whole: ${because ?? ''}.`,
        };
      }
      // Somebody may come by a line that is for names or groups which only the server can look up.
      const needless = difference(through, union(named, perhaps));
      const closed = difference(named, through);
      const notes = doubtful.map(({ reason }) => textEvidence(reason));
      const evidence = [
        tableEvidence(
          ['', 'Networks'],
          [
            ['The firewall lets through', listOf(networksOf(through), 20) || 'nobody'],
            ['pg_hba.conf and the roles let in', listOf(networksOf(named), 20) || 'nobody'],
            ['Through the firewall, but nobody can log in', listOf(networksOf(needless), 20) || 'none'],
            ['With a rule, but closed by the firewall', listOf(networksOf(closed), 20) || 'none'],
          ],
        ),
        ...notes,
      ];
      if (isEmptySet(needless) && isEmptySet(closed)) {
        const summary = isEmptySet(through)
          ? 'Neither lets another machine in.'
          : `Both let in ${listOf(networksOf(through))}.`;
        return { status: 'pass', summary, evidence };
      }
      const parts = [
        ...(isEmptySet(needless)
          ? []
          : [`${listOf(networksOf(needless), 4)} pass the firewall, though nobody can log in from there`]),
        ...(isEmptySet(closed) ? [] : [`${listOf(networksOf(closed), 4)} have a rule but are kept away`]),
      ];
      return {
        status: 'fail',
        summary: `${parts.join('; ')}.`,
        evidence,
        subjects: [{ kind: 'port', name: String(found.port) }],
        // Rules that cannot be used are untidy; an opening without a rule is one barrier less.
        severity: isEmptySet(needless) ? 'low' : 'medium',
      };
    });
  },
});
