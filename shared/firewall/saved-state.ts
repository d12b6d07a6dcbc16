import { quoteShell } from '../lib/quoting.ts';

/** Lines that keep what iptables has in the kernel in `$SAVE`. */
export const saveIptables: readonly string[] = [
  'iptables-save > "$SAVE/iptables.v4"',
  'ip6tables-save > "$SAVE/iptables.v6"',
];

function restoreFamily(version: '4' | '6'): readonly string[] {
  const [program, family] = version === '4' ? ['iptables', 'ip'] : ['ip6tables', 'ip6'];
  return [
    `if grep -q '^\\*' "$SAVE/iptables.v${version}"; then ${program}-restore < "$SAVE/iptables.v${version}"; fi`,
    // Tables that were not there are gone again; the legacy iptables cannot delete one, so it is emptied.
    `for table in $(${program}-save | sed -n 's/^\\*//p'); do`,
    `  if ! grep -qxF "*$table" "$SAVE/iptables.v${version}"; then`,
    `    nft delete table ${family} "$table" 2>/dev/null || {`,
    `      ${program} -t "$table" -F; ${program} -t "$table" -X`,
    `      for chain in $(${program}-save -t "$table" | sed -n 's/^:\\([^ ]*\\) .*/\\1/p'); do ${program} -t "$table" -P "$chain" ACCEPT; done`,
    `    }`,
    `  fi`,
    `done`,
  ];
}

/** Lines that put it back, tables made since taken away. */
export const restoreIptables: readonly string[] = [...restoreFamily('4'), ...restoreFamily('6')];

/** A line that keeps whether a unit starts at boot. */
export function saveUnit(unit: string): string {
  return `systemctl is-enabled ${quoteShell(unit)} > "$SAVE/${unit}.enabled" 2>/dev/null || true`;
}

/** A line that puts that back; nothing happens when it starts at boot as it did. */
export function restoreUnit(unit: string): string {
  return `if [ "$(cat "$SAVE/${unit}.enabled")" = disabled ]; then systemctl --quiet disable ${quoteShell(unit)}; fi`;
}

/** True when systemd knows the unit and does not start it at boot. */
export function startsNotAtBoot(units: readonly { name: string; enabled: boolean }[], name: string): boolean {
  return units.some((unit) => unit.name.replace(/\.service$/, '') === name && !unit.enabled);
}

/** A command that writes a file of text lines; quoted, so that nothing in it is expanded. */
export function writeFile(path: string, lines: readonly string[]): string {
  return [
    `printf '%s\\n' \\`,
    ...lines.map((line) => `  ${quoteShell(line)} \\`),
    `  > ${quoteShell(path)}`,
  ].join('\n');
}
