import type { OwnerAccount } from '../../../shared/facts/system.ts';
import { collected, failed } from '../../../shared/facts/fact.ts';
import { lines } from '../parse/lines.ts';
import { defineCollector, shell } from '../define-collector.ts';

const passwords = ['set', 'locked', 'none', 'unknown'] as const;

/** Whether the account that runs the server could be logged in to: the kind of its password, and its keys. */
export const ownerAccountCollector = defineCollector({
  subject: 'account of the server',
  facts: ['ownerAccount'],
  absentInPractice: 'the practice server runs as your own account',
  probes: {
    account: shell(
      'root',
      String.raw`
pc_need_root
line=$(getent passwd "$PC_OWNER") || pc_absent "account $PC_OWNER is not known here"
home=$(printf %s "$line" | cut -d: -f6)
printf 'name\t%s\n' "$PC_OWNER"; printf 'shell\t%s\n' "$(printf %s "$line" | cut -d: -f7)"
if shadow=$(getent shadow "$PC_OWNER"); then
  case $(printf %s "$shadow" | cut -d: -f2) in '') kind=none ;; '!'*|'*'*) kind=locked ;; *) kind=set ;; esac
else kind=unknown; fi
printf 'password\t%s\n' "$kind"
for f in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2" "/etc/ssh/authorized_keys/$PC_OWNER" "/etc/ssh/authorized_keys.d/$PC_OWNER"; do
  [ -f "$f" ] && printf 'keys\t%s\t%s\n' "$(grep -cE '^[^#]*(ssh-|ecdsa-|sk-)' "$f")" "$f"
done; true`,
    ),
  },
  read({ account }) {
    if (account.state !== 'collected') return { ownerAccount: account };
    const rows = lines(account.value.text).map((line) => line.split('\t'));
    const valueOf = (name: string) => rows.find(([key]) => key === name)?.[1] ?? '';
    const name = valueOf('name');
    if (name === '') return { ownerAccount: failed('the account of the server could not be read') };
    const owner: OwnerAccount = {
      name,
      shell: valueOf('shell'),
      password: passwords.find((kind) => kind === valueOf('password')) ?? 'unknown',
      keyFiles: rows.flatMap(([key, count, ...path]) =>
        key === 'keys' ? [{ path: path.join('\t'), keys: Number(count) || 0 }] : [],
      ),
    };
    return { ownerAccount: collected(owner) };
  },
});
