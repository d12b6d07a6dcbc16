import type { FirewallPlan } from '../../../shared/firewall/plan-firewall.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { TestHost } from '../../hosts/hosts.ts';

/** Runs lines as root with `set -e`, as apply does; throws with what they said when they fail. */
async function sh(host: TestHost, lines: readonly string[]): Promise<void> {
  await host.writeFile('/root/lines.sh', ['set -e', 'SAVE=/root/save; export SAVE', ...lines, ''].join('\n'));
  await host.run('sh /root/lines.sh');
}

/** Saves, copies the files, runs the commands. */
export async function applyPlan(host: TestHost, { files, save, commands }: FirewallPlan): Promise<void> {
  await sh(host, [
    'rm -rf /root/save /root/copies; mkdir -p /root/save /root/copies',
    ...save,
    ...files.map(
      (file, at) => `if [ -e ${quoteShell(file)} ]; then cp -a ${quoteShell(file)} /root/copies/${at}; fi`,
    ),
  ]);
  await sh(host, commands);
}

/** Puts the files back, then everything else. */
export async function restorePlan(host: TestHost, { files, restore }: FirewallPlan): Promise<void> {
  await sh(host, [
    ...files.map(
      (file, at) =>
        `if [ -e /root/copies/${at} ]; then cp -a /root/copies/${at} ${quoteShell(file)}; else rm -f ${quoteShell(file)}; fi`,
    ),
    ...restore,
  ]);
}

/**
 * The rules in an order that does not depend on when a table or chain was made, without counters. Empty chains that
 * accept are left out: iptables makes and keeps them as it likes.
 */
function sortedRules(listing: string): string {
  const tables = listing.split(/^(?=table )/m).flatMap((table) => {
    const [head = '', ...lines] = table
      .replace(/^#.*\n/gm, '')
      .trimEnd()
      .split('\n');
    const chains = lines
      .slice(0, -1)
      .join('\n')
      .split(/^(?=\t(?:chain|set|map) )/m)
      .map((chain) => chain.trimEnd())
      .filter((chain) => !/\{\s*(type filter .* policy accept;)\s*\}$/.test(chain) && chain !== '');
    return chains.length === 0 ? [] : [[head, ...chains.sort(), '}'].join('\n')];
  });
  return tables.sort().join('\n');
}

const places = '/etc/ufw /etc/default/ufw /etc/nftables* /etc/portcullis* /etc/firewalld /etc/iptables';

/** Files with owners and modes, and which units start at boot. */
export async function filesOf(host: TestHost): Promise<string> {
  return host.run(
    [
      `find ${places} -type f 2>/dev/null | sort | xargs stat -c '%n %a %U %G'`,
      `find ${places} -type f 2>/dev/null | sort | xargs sha256sum`,
      `for unit in ufw nftables firewalld; do echo $unit $(systemctl is-enabled $unit); done`,
    ].join('; '),
  );
}

/** What is in force: rules, kernel settings of the network, firewalld's zones. */
export async function rulesOf(host: TestHost): Promise<string> {
  // Also where a test hides the program, so that another one is chosen.
  const nft = '$(command -v nft || echo /usr/sbin/nft.hidden)';
  const listing = await host.run(`${nft} list ruleset | sed 's/packets [0-9]* bytes [0-9]*//g'`);
  const rest = await host.run(
    'sysctl net.ipv4.conf.all.accept_redirects net.ipv4.conf.default.log_martians; if systemctl -q is-active firewalld; then firewall-cmd --list-all-zones; fi',
  );
  return `${sortedRules(listing)}\n${rest}`;
}
