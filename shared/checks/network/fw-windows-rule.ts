import { z } from 'zod';
import { parseWindowsFirewall, withoutRules } from '../../firewall/windows-rules.ts';
import type { WindowsRule } from '../../firewall/windows-rules.ts';
import {
  concernsPort,
  isForAllPorts,
  isForAnySource,
  planWindowsRules,
} from '../../firewall/windows-plan.ts';
import { isAnyWord } from '../../firewall/windows-words.ts';
import { readHba, ruleReach } from '../support/hba-view.ts';
import type { ConfigurationFile } from '../../facts/files.ts';
import { defineCheck } from '../define-check.ts';
import { presentEvidence, tableEvidence, textEvidence } from '../support/evidence.ts';
import { postgresPage } from '../support/references.ts';
import { settingValue } from '../support/settings.ts';
import { countOf, listOf, unique } from '../support/words.ts';

/** What is too wide about a rule; empty when it is for some sources and for PostgreSQL alone. */
function tooWide(rule: WindowsRule): readonly string[] {
  return [
    ...(isForAnySource(rule) ? ['any source'] : []),
    ...(isForAllPorts(rule) ? ['every port and program'] : []),
  ];
}

/** The networks that pg_hba.conf names for other machines: they are meant to come in. */
function meantNetworks(files: readonly ConfigurationFile[], major: number): readonly string[] {
  const reading = readHba(files, major);
  if (!reading.ok) return [];
  return unique(
    reading.view.rules.flatMap((rule) => {
      const { address, method } = rule;
      if (method === 'reject' || ruleReach(rule) !== 'remote') return [];
      return address?.kind === 'network' && address.prefix !== null && address.prefix >= 4
        ? [`${address.address}/${address.prefix}`]
        : [];
    }),
  );
}

const cell = (words: readonly string[]): string => listOf(words, 6) || 'Any';

export const fwWindowsRule = defineCheck({
  id: 'fw-windows-rule',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Rules of Windows Defender Firewall are for chosen sources',
    fail: 'A rule of Windows Defender Firewall is too wide',
    topic: 'Rules of Windows Defender Firewall',
  },
  why: 'On Windows a rule is for ports, programs, sources and kinds of network. The one that an installer makes is often for every source on every network, and stays when the server moves.',
  misuse: [
    'The notebook of an administrator with a copy of the data joins a public network, and the rule lets that network in.',
    'A rule without a port lets in whatever is installed next.',
  ],
  byHand: [
    'List them: Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -Enabled True | Get-NetFirewallPortFilter',
    'Keep a copy: netsh advfirewall export C:\\firewall.wfw',
    'Narrow the rule: Set-NetFirewallRule -Name NAME -RemoteAddress 10.20.30.0/24 -Profile Domain,Private',
    'Try it from a machine that must not get in: Test-NetConnection db1 -Port 5432',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings')],
  },
  needs: ['firewall'],
  uses: ['settings', 'listeners', 'configurationFiles', 'cluster'],
  parameters: z.object({}),
  judge({ firewall }, _context, { settings, listeners, configurationFiles, cluster }) {
    const { windowsJson } = firewall;
    if (windowsJson === undefined || windowsJson === null)
      return { status: 'not-applicable', summary: 'This host does not run Windows.' };
    const parsed = parseWindowsFirewall(windowsJson);
    if (!parsed.ok) return { status: 'not-assessed', summary: `The rules were not read: ${parsed.problem}.` };
    const told = settings.state === 'collected' ? settingValue(settings.value, 'port') : null;
    const heard =
      listeners.state === 'collected'
        ? listeners.value.find(({ process }) => /^(postgres|edb-postgres)/.test(process ?? ''))?.port
        : undefined;
    const port = told === null ? heard : Number(told);
    if (port === undefined)
      return { status: 'not-assessed', summary: 'Which port PostgreSQL has is not known: nothing listens.' };
    const open = parsed.value.rules.filter((rule) => concernsPort(rule, parsed.value, port));
    const found = open.filter((rule) => tooWide(rule).length > 0);
    const table = tableEvidence(
      ['Rule', 'Port', 'Sources', 'Profiles', 'Program', 'Too wide'],
      open.map((rule) => [
        rule.displayName,
        cell(rule.localPort),
        cell(rule.remoteAddress),
        listOf(rule.profiles),
        isAnyWord(rule.program) ? 'Any' : rule.program,
        listOf(tooWide(rule)),
      ]),
    );
    const past = withoutRules(parsed.value);
    if (found.length === 0 && past.length > 0)
      return { status: 'not-assessed', summary: `Rules do not decide alone: ${listOf(past)}.` };
    if (found.length === 0)
      return {
        status: 'pass',
        summary:
          open.length === 0
            ? `No rule lets anybody through to port ${port}.`
            : `${countOf(open.length, 'rule')} for port ${port}, each for chosen sources.`,
        evidence: open.length === 0 ? [] : [table],
      };
    const networks =
      configurationFiles.state === 'collected' && cluster.state === 'collected'
        ? meantNetworks(configurationFiles.value, cluster.value.major)
        : [];
    const { commands, undo, notes } = planWindowsRules(found, networks);
    return {
      status: 'fail',
      title: `${countOf(found.length, 'rule')} of Windows Defender Firewall ${found.length === 1 ? 'is' : 'are'} too wide`,
      summary: `${listOf(found.map((rule) => `"${rule.displayName}" is for ${listOf(tooWide(rule))}`))}.`,
      evidence: presentEvidence(
        table,
        commands.length === 0
          ? null
          : tableEvidence(
              [
                networks.length === 0
                  ? 'To disable them (no rule of pg_hba.conf names a network), in PowerShell as administrator'
                  : 'To narrow them to the networks that pg_hba.conf names, in PowerShell as administrator',
              ],
              commands.map((command) => [command]),
            ),
        undo.length === 0
          ? null
          : tableEvidence(
              ['Back to how it is now'],
              undo.map((command) => [command]),
            ),
        ...notes.map(textEvidence),
      ),
      subjects: found.map(({ name }) => ({ kind: 'firewall', name })),
      // On networks of strangers it is one barrier less for everybody there.
      severity: found.some((rule) => isForAnySource(rule) && rule.profiles.includes('Public'))
        ? 'high'
        : 'medium',
    };
  },
});
