import type { Firewall } from '../facts/network.ts';
import { quoteShell } from '../lib/quoting.ts';
import { readZones } from './firewalld-zones.ts';
import type { FirewallModel } from './model.ts';
import { iptablesStore, storeIptables } from './plan-iptables.ts';
import type { FirewallSteps } from './plan-types.ts';
import { restoreUnit, saveUnit, startsNotAtBoot } from './saved-state.ts';

type Steps = Omit<FirewallSteps, 'notes'>;

function stored(
  raw: Firewall,
  units: readonly string[],
  commands: readonly string[],
  files: readonly string[],
): Steps {
  const toEnable = units.filter((unit) => startsNotAtBoot(raw.units, unit));
  return {
    commands: [...commands, ...toEnable.map((unit) => `systemctl --quiet enable ${unit}.service`)],
    files,
    save: units.map((unit) => saveUnit(`${unit}.service`)),
    restore: units.map((unit) => restoreUnit(`${unit}.service`)),
  };
}

const policies = '/etc/firewalld/policies';

/** Policies are stored too, and their names are not known before. */
const savePolicies: readonly string[] = [
  'mkdir -p "$SAVE/policies"',
  'ls /etc/firewalld/zones > "$SAVE/zones"',
  `cp -p ${policies}/*.xml "$SAVE/policies/" 2>/dev/null || true`,
];

const restorePolicies: readonly string[] = [
  `for file in ${policies}/*.xml; do`,
  '  if [ ! -e "$file" ]; then continue; fi',
  '  name=${file##*/}',
  '  if [ -e "$SAVE/policies/$name" ]; then',
  '    cmp -s "$SAVE/policies/$name" "$file" || cp -p "$SAVE/policies/$name" "$file"',
  '  else',
  '    firewall-cmd --quiet --permanent --load-policy-defaults="${name%.xml}" 2>/dev/null || true',
  '    rm -f "$file" "$file.old"',
  '  fi',
  'done',
];

/**
 * firewalld keeps what is stored in its memory too, and would write it again with the next change. A zone that had no
 * file of its own gets its defaults back there, for which the file has to exist for a moment.
 */
function restoreZones(paths: readonly string[]): readonly string[] {
  return [
    `for file in ${paths.map(quoteShell).join(' ')}; do`,
    '  name=${file##*/}; name=${name%.xml}',
    '  if [ -e "/usr/lib/firewalld/zones/$name.xml" ] && ! grep -qxF "$name.xml" "$SAVE/zones"; then',
    '    rm -f "$SAVE/zone.old"; if [ -e "$file.old" ]; then cp -p "$file.old" "$SAVE/zone.old"; fi',
    '    if [ ! -e "$file" ]; then cp "/usr/lib/firewalld/zones/$name.xml" "$file"; fi',
    '    firewall-cmd --permanent --load-zone-defaults="$name" >/dev/null || true',
    '    rm -f "$file" "$file.old"; if [ -e "$SAVE/zone.old" ]; then cp -p "$SAVE/zone.old" "$file.old"; fi',
    '  fi',
    'done',
  ];
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
        ['ufw'],
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
      const steps = stored(
        raw,
        ['firewalld'],
        ['firewall-cmd --quiet --runtime-to-permanent'],
        paths.flatMap((path) => [path, `${path}.old`]),
      );
      return {
        ...steps,
        save: [...steps.save, ...savePolicies],
        restore: [...restoreZones(paths), ...restorePolicies, ...steps.restore],
      };
    }
    case 'nft': {
      const file =
        raw.files.find(({ path }) => path === '/etc/sysconfig/nftables.conf')?.path ?? '/etc/nftables.conf';
      if (/\bxt (match|target)\b/.test(raw.nftRuleset ?? ''))
        return 'Rules of iptables are among those of nftables, which nft cannot load again. Store them by hand.';
      const next = quoteShell(`${file}.portcullis`);
      return stored(
        raw,
        ['nftables'],
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
      const store = iptablesStore(raw);
      if (store === null)
        return 'Nothing loads rules of iptables at boot here. Install iptables-persistent first, or iptables-services on Red Hat.';
      return stored(raw, store.units, storeIptables(store), [store.rules4, store.rules6]);
    }
  }
}
