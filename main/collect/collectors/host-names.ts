import type { HostName } from '../../../shared/facts/network.ts';
import { parseAddress } from '../../../shared/lib/cidr.ts';
import { collected } from '../../../shared/facts/fact.ts';
import { lines } from '../parse/lines.ts';
import { defineCollector, shell } from '../define-collector.ts';

/**
 * The addresses that the host itself finds for host names in pg_hba.conf, asked as the server asks (getaddrinfo). Only names
 * that need no quotes, in the file itself; of them 20, with 16 addresses each, all at once, so that a name service that
 * does not answer costs 3 seconds.
 */
export const hostNamesCollector = defineCollector({
  subject: 'host names',
  facts: ['hostNames'],
  absentInPractice: 'the practice server has no rules with host names',
  probes: {
    names: shell(
      'root',
      String.raw`
[ -r "$PC_HBA" ] || pc_need_root
[ -r "$PC_HBA" ] || pc_absent 'pg_hba.conf was not found'
command -v getent >/dev/null 2>&1 || pc_absent 'there is no getent'
command -v timeout >/dev/null 2>&1 || pc_absent 'there is no timeout'
# Quoted words may hold blanks, and lists blanks behind their commas.
names=$(awk '{ gsub(/"[^"]*"/, "+"); sub(/#.*/, ""); gsub(/[ \t]*,[ \t]*/, ",") }
  $1 ~ /^host/ && $4 ~ /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/ && $4 ~ /[A-Za-z]/ && $4 !~ /^(all|samehost|samenet)$/ && length($4) < 254 { print $4 }' "$PC_HBA" | sort -u | head -n 20)
for name in $names; do
  { found=$(timeout 3 getent ahosts "$name" 2>/dev/null | awk '!seen[$1]++ && ++count <= 16 { print $1 }'); printf '%s\t%s\n' "$name" "$(echo $found)"; } &
done
wait; true`,
      { capBytes: 65_536, seconds: 6 },
    ),
  },
  read({ names }) {
    if (names.state !== 'collected') return { hostNames: names };
    return {
      hostNames: collected(
        lines(names.value.text)
          .map((line): HostName => {
            const [name = '', found = ''] = line.split('\t');
            const addresses = found.split(' ').filter((text) => parseAddress(text) !== null);
            return { name, addresses };
          })
          .sort((one, other) => (one.name < other.name ? -1 : 1)),
      ),
    };
  },
});
