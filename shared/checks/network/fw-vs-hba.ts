import { z } from 'zod';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { formatNetwork } from '../../lib/cidr.ts';
import {
  anySet,
  difference,
  emptySet,
  intersection,
  isEmptySet,
  setNetworks,
  union,
} from '../../lib/network-set.ts';
import type { NetworkSet } from '../../lib/network-set.ts';
import { defineCheck } from '../define-check.ts';
import { tableEvidence, textEvidence } from '../support/evidence.ts';
import { liveReach } from '../support/hba-findings.ts';
import { acceptedAddresses } from '../../hba/reach.ts';
import { hbaContext, judgeRules, rulePlace, ruleReach } from '../support/hba-view.ts';
import { isLocalOnly, listening, localOnlyReason } from '../support/listening.ts';
import { ownAddresses, portSources, remoteFamilies } from '../support/port-sources.ts';
import { postgresPage } from '../support/references.ts';
import { settingMissing } from '../support/settings.ts';
import { listOf } from '../support/words.ts';

const networksOf = (set: NetworkSet): readonly string[] => setNetworks(set).map(formatNetwork);

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
  uses: ['interfaces', 'memberships'],
  parameters: z.object({}),
  judge({ firewall, settings, configurationFiles, cluster }, _context, { interfaces, memberships }) {
    const found = listening(settings);
    if (found === null) return settingMissing('listen_addresses');
    if (isLocalOnly(found)) return { status: 'not-applicable', summary: localOnlyReason(found) };
    const model = readFirewall(firewall);
    if (model.managers.length === 0 && model.problems.length === 0) {
      return {
        status: 'not-applicable',
        summary: 'There is no firewall that pg_hba.conf could be compared with.',
      };
    }
    const own = interfaces.state === 'collected' ? interfaces.value : null;
    const families = remoteFamilies(found, own);
    const scope = union(emptySet, ...families.map((family) => anySet(family)));
    const remote = (set: NetworkSet) => difference(intersection(set, scope), ownAddresses(own));
    const sources = portSources(model, found.port, families, own);
    const context = hbaContext(memberships.state === 'collected' ? memberships.value : [], own);
    return judgeRules(configurationFiles, cluster.major, (view) => {
      const live = view.rules.filter(
        (rule) =>
          rule.method !== 'reject' &&
          ruleReach(rule) === 'remote' &&
          liveReach(view, rule, context, settings).transports.length > 0,
      );
      const accepted = acceptedAddresses(live, context);
      const through = remote(sources.allowed);
      const unclear = remote(sources.unknown);
      if (!isEmptySet(unclear)) {
        return {
          status: 'not-assessed',
          summary: `The firewall could not be understood as a whole: ${sources.because[0] ?? ''}.`,
        };
      }
      const named = remote(accepted.set);
      // A rule for a host name may be for any address, so nothing can be called needless then.
      const needless = accepted.unknown.length > 0 ? emptySet : difference(through, named);
      const closed = difference(named, through);
      const notes = accepted.unknown.map((rule) =>
        textEvidence(
          `The addresses of ${rulePlace(view, rule)} are known to the server's name service only.`,
        ),
      );
      const evidence = [
        tableEvidence(
          ['', 'Networks'],
          [
            ['The firewall lets through', listOf(networksOf(through), 20) || 'nobody'],
            ['pg_hba.conf lets in', listOf(networksOf(named), 20) || 'nobody'],
            ['Through the firewall, but without a rule', listOf(networksOf(needless), 20) || 'none'],
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
          : [`${listOf(networksOf(needless), 4)} pass the firewall without a rule`]),
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
