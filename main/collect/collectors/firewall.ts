import type { Firewall } from '../../../shared/facts/network.ts';
import { collected } from '../../../shared/facts/fact.ts';
import { keyValues, lines, sections } from '../parse/lines.ts';
import { defineCollector, shell } from '../define-collector.ts';

const unitNames = ['nftables', 'ufw', 'firewalld', 'netfilter-persistent', 'iptables', 'ip6tables'];

/** The raw state of every firewall that may be there; shared/firewall makes one model of it. */
export const firewallCollector = defineCollector({
  subject: 'firewall',
  facts: ['firewall'],
  absentInPractice: 'the practice server shares this machine’s firewall',
  probes: {
    rules: shell(
      'root',
      String.raw`
pc_need_root
has() { command -v "$1" >/dev/null 2>&1; }
echo '== installed'
has nft && echo nft; has iptables-save && echo iptables; has ufw && echo ufw; has firewall-cmd && echo firewalld
{ [ -e /usr/share/netfilter-persistent/plugins.d ] || [ -e /usr/share/doc/iptables-persistent ]; } && echo iptables-persistent
if has nft; then echo '== nft-json'; nft -j list ruleset 2>/dev/null; echo; echo '== nft'; nft list ruleset 2>/dev/null; fi
# What the file of nftables.service loads is asked of a network namespace of its own, which is gone with the command.
for boot in /etc/sysconfig/nftables.conf /etc/nftables.conf; do [ -f "$boot" ] && break; done
if has nft && has unshare && [ -f "$boot" ]; then
  listing=$(unshare -n sh -c 'nft -f "$0" && nft -j list ruleset' "$boot" 2>/dev/null) && { echo '== nft-boot'; printf '%s\n' "$listing"; }
fi
# Without any rule it writes nothing and succeeds: that is an answer too.
saved() { listing=$("$2" 2>/dev/null) && { echo "== $1"; printf '%s\n' "$listing" | grep -v '^#'; }; }
if has iptables-save; then saved iptables iptables-save; saved ip6tables ip6tables-save; fi
# The legacy tool loads kernel modules and makes empty tables when it is only asked: ask when they exist already.
if has iptables-legacy-save && [ -s /proc/net/ip_tables_names ]; then echo '== legacy'; iptables-legacy-save 2>/dev/null | grep -v '^#'; fi
if has ip6tables-legacy-save && [ -s /proc/net/ip6_tables_names ]; then echo '== legacy6'; ip6tables-legacy-save 2>/dev/null | grep -v '^#'; fi
if has ipset; then echo '== ipset'; ipset save 2>/dev/null; fi
echo '== units'
[ -d /run/systemd/system ] && systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState ${unitNames.map((name) => `${name}.service`).join(' ')}
true`,
      { capBytes: 4_194_304 },
    ),
    ufw: shell(
      'root',
      String.raw`
command -v ufw >/dev/null 2>&1 || pc_absent 'ufw is not installed'
pc_need_root
echo '== conf'; cat /etc/ufw/ufw.conf
echo '== user'; cat /etc/ufw/user.rules; echo '== user6'; cat /etc/ufw/user6.rules; echo '== defaults'; cat /etc/default/ufw
# ufw is a Python program that takes a fifth of a second; switched off it has nothing to tell.
echo '== status'; if grep -qi '^ENABLED=yes' /etc/ufw/ufw.conf; then ufw status verbose; else echo 'Status: inactive'; fi
true`,
      { capBytes: 1_048_576 },
    ),
    firewalld: shell(
      'root',
      String.raw`
command -v firewall-cmd >/dev/null 2>&1 || pc_absent 'firewalld is not installed'
pc_need_root
zone=$(sed -n 's/^DefaultZone=//p' /etc/firewalld/firewalld.conf 2>/dev/null)
echo '== default'; echo "$zone"
if { pgrep -x firewalld >/dev/null 2>&1 || systemctl -q is-active firewalld 2>/dev/null; } && firewall-cmd --state >/dev/null 2>&1; then
  echo '== active'; firewall-cmd --get-active-zones; echo '== runtime'; firewall-cmd --list-all-zones
  echo '== permanent'; firewall-cmd --permanent --list-all-zones
fi; true`,
      { capBytes: 1_048_576, seconds: 15 },
    ),
    files: shell(
      'root',
      String.raw`pc_need_root
for f in /etc/nftables.conf /etc/nftables.d/* /etc/sysconfig/nftables.conf /etc/nftables/*.nft /etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/sysconfig/iptables /etc/sysconfig/ip6tables; do
  [ -f "$f" ] && [ -r "$f" ] && { echo "== $f"; head -c 262144 -- "$f"; echo; }
done; true`,
      { capBytes: 1_048_576 },
    ),
  },
  read({ rules, ufw, firewalld, files }) {
    if (rules.state !== 'collected') return { firewall: rules };
    const parts = sections(rules.value.text);
    const text = (name: string): string | null => parts.get(name)?.trim() || null;
    const ufwParts = ufw.state === 'collected' ? sections(ufw.value.text) : null;
    const zones = firewalld.state === 'collected' ? sections(firewalld.value.text) : null;
    const firewall: Firewall = {
      nftRulesetJson: text('nft-json'),
      nftRuleset: text('nft'),
      nftAtBootJson: text('nft-boot'),
      iptablesSave: parts.get('iptables')?.trim() ?? null,
      ip6tablesSave: parts.get('ip6tables')?.trim() ?? null,
      iptablesLegacySave: text('legacy'),
      ip6tablesLegacySave: text('legacy6'),
      ipsetSave: text('ipset'),
      ufw:
        ufwParts === null
          ? null
          : {
              statusVerbose: (ufwParts.get('status') ?? '').trim(),
              enabled: /^ENABLED=["']?yes/im.test(ufwParts.get('conf') ?? ''),
              userRules: ufwParts.get('user') ?? '',
              user6Rules: ufwParts.get('user6') ?? '',
              defaults: ufwParts.get('defaults') ?? '',
            },
      firewalld:
        zones === null
          ? null
          : {
              running: zones.has('runtime'),
              defaultZone: (zones.get('default') ?? '').trim(),
              activeZones: zones.get('active') ?? '',
              runtimeZones: zones.get('runtime') ?? '',
              permanentZones: zones.get('permanent') ?? '',
            },
      units: parseUnits(parts.get('units') ?? ''),
      files:
        files.state === 'collected'
          ? [...sections(files.value.text)].map(([path, content]) => ({ path, text: content }))
          : [],
      installed: lines(parts.get('installed') ?? '').flatMap((name) => tools.filter((tool) => tool === name)),
    };
    return { firewall: collected(firewall) };
  },
});

/** Blocks of `systemctl show` with an empty line between them; units that do not exist are left out. */
function parseUnits(text: string): Firewall['units'] {
  return text.split('\n\n').flatMap((block) => {
    const values = keyValues(lines(block));
    const name = (values.get('Id') ?? '').replace(/\.service$/, '');
    return name === '' || values.get('LoadState') !== 'loaded'
      ? []
      : [
          {
            name,
            active: values.get('ActiveState') === 'active',
            enabled: values.get('UnitFileState') === 'enabled',
          },
        ];
  });
}

const tools = ['nft', 'iptables', 'ufw', 'firewalld', 'iptables-persistent'] as const;
