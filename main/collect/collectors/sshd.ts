import { collected, failed } from '../../../shared/facts/fact.ts';
import { lines, sections } from '../parse/lines.ts';
import { defineCollector, shell } from '../define-collector.ts';

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
echo '== settings'; "$sshd" -T`,
    ),
  },
  read({ settings }) {
    if (settings.state !== 'collected') return { sshd: settings };
    const parts = sections(settings.value.text);
    const values: Record<string, string[]> = {};
    for (const line of lines(parts.get('settings') ?? '')) {
      const space = line.indexOf(' ');
      const name = (space < 0 ? line : line.slice(0, space)).toLowerCase();
      if (!/^[a-z0-9]+$/.test(name)) continue;
      (values[name] ??= []).push(space < 0 ? '' : line.slice(space + 1));
    }
    if (Object.keys(values).length === 0)
      return { sshd: failed(`sshd -T gave nothing: ${settings.value.stderr}`) };
    return {
      sshd: collected({
        settings: values,
        running: (parts.get('running') ?? '').includes('yes'),
        ports: (values['port'] ?? []).map(Number).filter(Number.isInteger),
        accountsWithKeys: lines(parts.get('keys') ?? ''),
      }),
    };
  },
});
