import type { Firewall } from '../facts/network.ts';
import { quoteShell } from '../lib/quoting.ts';
import { readZones } from './firewalld-zones.ts';
import type { FirewallModel } from './model.ts';
import type { FirewallSteps } from './plan-types.ts';
import { restoreUnit, saveUnit, startsNotAtBoot } from './saved-state.ts';

type Steps = Omit<FirewallSteps, 'notes'>;

const enable = (raw: Firewall, unit: string): readonly string[] =>
  startsNotAtBoot(raw.units, unit) ? [`systemctl --quiet enable ${unit}.service`] : [];

function stored(raw: Firewall, unit: string, commands: readonly string[], files: readonly string[]): Steps {
  return {
    commands: [...commands, ...enable(raw, unit)],
    files,
    save: [saveUnit(`${unit}.service`)],
    restore: [restoreUnit(`${unit}.service`)],
  };
}

/**
 * What makes the rules in force come back after a reboot: they are stored where their manager loads them, and its unit
 * starts at boot. Nothing in force changes. A text says why it cannot be done.
 */
export function planAtBoot(model: FirewallModel, raw: Firewall): Steps | string {
  const [manager, ...more] = model.managers;
  if (manager === undefined) return 'No rules are in force that could be stored.';
  if (more.length > 0)
    return `Several programs rule this firewall: ${model.managers.join(', ')}. Keep one first.`;
  switch (manager) {
    case 'windows':
      return 'Windows keeps its rules by itself.';
    case 'ufw': {
      const file = '/etc/ufw/ufw.conf';
      return stored(
        raw,
        'ufw',
        raw.ufw?.enabled === true ? [] : [`sed -i 's/^ENABLED=.*/ENABLED=yes/' ${file}`],
        [file],
      );
    }
    case 'firewalld': {
      const state = raw.firewalld;
      // Names become paths.
      const zones = readZones(`${state?.runtimeZones ?? ''}\n${state?.permanentZones ?? ''}`).filter(
        ({ name }) => /^[\w.-]+$/.test(name),
      );
      const paths = [...new Set(zones.map(({ name }) => `/etc/firewalld/zones/${name}.xml`))];
      return stored(
        raw,
        'firewalld',
        ['firewall-cmd --quiet --runtime-to-permanent'],
        paths.flatMap((path) => [path, `${path}.old`]),
      );
    }
    case 'nft': {
      const file =
        raw.files.find(({ path }) => path === '/etc/sysconfig/nftables.conf')?.path ?? '/etc/nftables.conf';
      if (/\bxt (match|target)\b/.test(raw.nftRuleset ?? ''))
        return 'Rules of iptables are among those of nftables, which nft cannot load again. Store them by hand.';
      const next = quoteShell(`${file}.portcullis`);
      return stored(
        raw,
        'nftables',
        [
          // Tried before it takes the place of what was there.
          `{ printf '%s\\n' '#!/usr/sbin/nft -f' '# Written by Portcullis: the rules as they were in force.' 'flush ruleset' ''; nft list ruleset; } > ${next}`,
          `nft -c -f ${next} || { rm -f ${next}; exit 1; }`,
          `if [ -e ${file} ]; then cat ${next} > ${file}; rm -f ${next}; else mv ${next} ${file}; fi`,
        ],
        [file],
      );
    }
    case 'iptables': {
      const folder = '/etc/iptables';
      if (!raw.installed.includes('iptables-persistent'))
        return 'Nothing loads rules of iptables at boot here. Install iptables-persistent first.';
      return stored(
        raw,
        'netfilter-persistent',
        [`mkdir -p ${folder}`, `iptables-save > ${folder}/rules.v4`, `ip6tables-save > ${folder}/rules.v6`],
        [`${folder}/rules.v4`, `${folder}/rules.v6`],
      );
    }
  }
}
