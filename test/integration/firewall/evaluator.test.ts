import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evaluate, sourcesAllowed } from '../../../shared/firewall/evaluate.ts';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import { parseAddress } from '../../../shared/lib/cidr.ts';
import type { Address } from '../../../shared/lib/cidr.ts';
import { hasAddress, networkSet } from '../../../shared/lib/network-set.ts';
import { networkOf } from '../../../shared/lib/cidr.ts';
import type { Suite, TestHost } from '../../hosts/hosts.ts';
import { hostsAvailable, startHost } from '../../hosts/hosts.ts';
import { firewalldFiles, ipsets, iptablesRulesets, nftRulesets, ufwCommands } from './generate.ts';
import { addressesOf, attempt, ports, prepareHost, readRaw } from './probe.ts';

// FIREWALL_RUNS=20 makes twenty times as many cases, FIREWALL_SEED other ones.
const factor = Number(process.env['FIREWALL_RUNS'] ?? '1');
const seed = Number(process.env['FIREWALL_SEED'] ?? '1');

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

const suites: readonly { suite: Suite; index: number }[] = [
  { suite: 'bookworm', index: 61 },
  { suite: 'trixie', index: 62 },
];

describe.skipIf(hostsAvailable() !== null).each(suites)(
  'the evaluator and the kernel of $suite',
  ({ suite, index }) => {
    let host: TestHost;
    const counts = { rulesets: 0, connections: 0, accepted: 0, unknown: 0, redirected: 0, refused: 0 };

    beforeAll(async () => {
      host = await startHost({ suite, name: `fw-${suite}`, index, running: true });
      await prepareHost(host);
    });
    afterAll(async () => {
      console.log(`${suite}: ${JSON.stringify(counts)}`);
      await host.stop();
    });

    /** Every source against every port, really and in the model; a list of the differences. */
    async function differences(): Promise<readonly string[]> {
      const model = readFirewall(await readRaw(host));
      counts.rulesets += 1;
      const asked = addressesOf(host).flatMap(({ sources, destination }) =>
        sources.flatMap((source) => ports.map((port) => ({ source, destination, port }))),
      );
      const results = await Promise.all(
        asked.map(async ({ source, destination, port }) => ({
          source,
          destination,
          port,
          real: await attempt(source, destination, port),
        })),
      );
      const compare = ({ source, destination, port, real }: (typeof results)[number]): string | null => {
        const packet = {
          source: address(source),
          destination: address(destination),
          port,
          interface: 'eth0',
        };
        const { verdict, rule, redirectedTo } = evaluate(model, packet);
        const elsewhere = (redirectedTo ?? null) !== null && redirectedTo?.port !== port;
        if ((redirectedTo ?? null) !== null) counts.redirected += 1;
        const { allowed, unknown } = sourcesAllowed(model, {
          port,
          family: packet.source.family,
          interface: 'eth0',
          destinations: networkSet([networkOf(packet.destination)]),
        });
        const inSet = hasAddress(allowed, packet.source);
        const unclear = unknown.some(({ addresses }) => hasAddress(addresses, packet.source));
        if (verdict === 'unknown') counts.unknown += 1;
        const agrees =
          verdict === 'unknown'
            ? (unclear || elsewhere) && !inSet
            : (verdict === 'accept') === (real === 'accept') &&
              // The set is of those who come to this very port.
              inSet === (real === 'accept' && !elsewhere) &&
              !unclear;
        return agrees
          ? null
          : `${source} to ${port}: really ${real}, model ${verdict} (${rule}), set ${inSet}, unclear ${unclear}`;
      };
      const wrong: string[] = [];
      for (const result of results) {
        if (compare(result) === null) continue;
        // A busy machine answers late; what is really dropped stays so.
        const { source, destination, port } = result;
        const real = result.real === 'drop' ? await attempt(source, destination, port, 3000) : result.real;
        const difference = compare({ ...result, real });
        if (difference !== null) wrong.push(difference);
      }
      counts.connections += results.length;
      counts.accepted += results.filter(({ real }) => real === 'accept').length;
      return wrong;
    }

    async function clear(): Promise<void> {
      await host.run('nft flush ruleset');
    }

    beforeEach(clear);

    it(
      'agree on nft rulesets',
      async () => {
        for (const ruleset of fc.sample(nftRulesets(String(index)), { numRuns: 12 * factor, seed })) {
          await clear();
          await host.writeFile('/root/rules.nft', ruleset);
          const loaded = await host.exec('nft -f /root/rules.nft');
          if (loaded.exitCode !== 0) {
            counts.refused += 1;
            if (process.env['FIREWALL_DEBUG']) console.log(loaded.stderr);
            continue;
          }
          expect(await differences(), ruleset).toEqual([]);
        }
        await clear();
      },
      40_000 * factor + 40_000,
    );

    it(
      'agree on iptables rulesets',
      async () => {
        await host.writeFile('/root/sets', ipsets(String(index)));
        await host.run('ipset restore < /root/sets');
        const four = fc.sample(iptablesRulesets(String(index), 4), { numRuns: 8 * factor, seed });
        const six = fc.sample(iptablesRulesets(String(index), 6), { numRuns: 8 * factor, seed });
        for (const [at, ruleset] of four.entries()) {
          await clear();
          await host.writeFile('/root/rules.v4', ruleset);
          await host.writeFile('/root/rules.v6', six[at] ?? '');
          const loaded = await host.exec(
            'iptables-restore /root/rules.v4 && ip6tables-restore /root/rules.v6',
          );
          if (loaded.exitCode !== 0) {
            counts.refused += 1;
            if (process.env['FIREWALL_DEBUG']) console.log(loaded.stderr);
            continue;
          }
          expect(await differences(), ruleset + (six[at] ?? '')).toEqual([]);
        }
        await clear();
      },
      40_000 * factor + 40_000,
    );

    it(
      'agree on rules of ufw',
      async () => {
        for (const commands of fc.sample(ufwCommands(String(index)), { numRuns: 3 * factor, seed })) {
          await host.run('ufw --force reset >/dev/null');
          const script = commands.map((command) => `ufw ${command} >/dev/null`).join(' && ');
          await host.run(script);
          expect(await differences(), script).toEqual([]);
        }
        await host.run('ufw --force reset >/dev/null; ufw disable');
        await clear();
      },
      60_000 * factor + 40_000,
    );

    it(
      'agree on zones of firewalld',
      async () => {
        await host.run(
          'mkdir -p /root/firewalld && cp -a /etc/firewalld/. /root/firewalld/ && systemctl start firewalld',
        );
        for (const files of fc.sample(firewalldFiles(String(index)), { numRuns: 4 * factor, seed })) {
          await host.run(
            'rm -rf /etc/firewalld && mkdir -p /etc/firewalld/zones /etc/firewalld/ipsets && cp /root/firewalld/firewalld.conf /etc/firewalld/',
          );
          for (const [name, text] of Object.entries(files))
            await host.writeFile(`/etc/firewalld/${name}`, text);
          const loaded = await host.exec('firewall-cmd --reload');
          if (loaded.exitCode !== 0) {
            counts.refused += 1;
            if (process.env['FIREWALL_DEBUG']) console.log(loaded.stderr);
            continue;
          }
          expect(await differences(), JSON.stringify(files)).toEqual([]);
        }
        await host.run('systemctl stop firewalld');
      },
      60_000 * factor + 40_000,
    );

    it('saw connections of both kinds, and seldom had no answer', () => {
      expect(counts.accepted).toBeGreaterThan(counts.connections / 10);
      expect(counts.connections - counts.accepted).toBeGreaterThan(counts.connections / 10);
      expect(counts.unknown).toBeLessThan(counts.connections / 20);
      expect(counts.refused).toBeLessThan(counts.rulesets / 10);
    });
  },
);
