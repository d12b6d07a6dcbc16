import { collected, failed } from '../../../shared/facts/fact.ts';
import { lines, sections } from '../parse/lines.ts';
import { defineCollector, shell } from '../define-collector.ts';

/** What Match blocks may set for single accounts, as far as checks ask. */
const matched = [
  'allowtcpforwarding',
  'allowstreamlocalforwarding',
  'permitopen',
  'permitlisten',
  'gatewayports',
  'disableforwarding',
  'permittty',
  'permittunnel',
  'forcecommand',
  'x11forwarding',
  'allowagentforwarding',
  'permitrootlogin',
  'passwordauthentication',
  'kbdinteractiveauthentication',
  'pubkeyauthentication',
  'authenticationmethods',
];

/** sshd as it really is set (`sshd -T`), and which accounts can log in by key. */
export const sshdCollector = defineCollector({
  subject: 'sshd',
  facts: ['sshd'],
  absentInPractice: 'the practice server shares this machine’s sshd',
  probes: {
    settings: shell(
      'root',
      String.raw`
sshd=$(command -v sshd) || pc_absent 'sshd is not installed'
pc_need_root
echo '== running'; { pgrep -x sshd >/dev/null 2>&1 || systemctl -q is-active ssh.socket sshd.socket 2>/dev/null; } && echo yes
echo '== keys'
getent passwd | head -n 2000 | while IFS=: read -r name _ uid _ _ home login; do
  case $login in */nologin|*/false|'') continue ;; esac
  for f in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2" "/etc/ssh/authorized_keys/$name" "/etc/ssh/authorized_keys.d/$name"; do
    [ -f "$f" ] && grep -qE '^[^#]*(ssh-|ecdsa-|sk-)' "$f" 2>/dev/null && { echo "$name"; break; }
  done
done
# Match blocks can say otherwise for single accounts: those that people and tunnels use are asked one by one.
if grep -qsiE '^[[:space:]]*match[[:space:]]' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf; then
  echo '== accounts'
  getent passwd | awk -F: '$3 == 0 || ($3 >= 1000 && $3 < 65000) || $1 == "postgres" { print $1 }' | head -n 30 |
    while IFS= read -r name; do
      echo "account $name"
      "$sshd" -T -C "user=$name,host=client.invalid,addr=192.0.2.1" 2>/dev/null | grep -E '^(${matched.join('|')}) '
    done
fi
echo '== settings'; "$sshd" -T`,
    ),
  },
  read({ settings }) {
    if (settings.state !== 'collected') return { sshd: settings };
    const parts = sections(settings.value.text);
    const values = valuesOf(lines(parts.get('settings') ?? ''));
    if (Object.keys(values).length === 0)
      return { sshd: failed(`sshd -T gave nothing: ${settings.value.stderr}`) };
    return {
      sshd: collected({
        settings: values,
        running: (parts.get('running') ?? '').includes('yes'),
        ports: (values['port'] ?? []).map(Number).filter(Number.isInteger),
        accountsWithKeys: lines(parts.get('keys') ?? ''),
        accounts: accountsOf(parts.get('accounts') ?? ''),
      }),
    };
  },
});

/** Lines of `sshd -T`: a name in lower case and its value. A name may come more than once. */
function valuesOf(list: readonly string[]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const line of list) {
    const space = line.indexOf(' ');
    const name = (space < 0 ? line : line.slice(0, space)).toLowerCase();
    if (!/^[a-z0-9]+$/.test(name)) continue;
    (values[name] ??= []).push(space < 0 ? '' : line.slice(space + 1));
  }
  return values;
}

/** Blocks that begin with `account NAME`. One without any setting could not be asked. */
function accountsOf(text: string): { name: string; settings: Record<string, string[]> }[] {
  return text
    .split(/^account /m)
    .slice(1)
    .flatMap((block) => {
      const [name = '', ...rest] = block.split('\n');
      const settings = valuesOf(rest);
      return Object.keys(settings).length === 0 ? [] : [{ name, settings }];
    });
}
