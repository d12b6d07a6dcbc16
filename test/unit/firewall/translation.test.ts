import { describe, expect, it } from 'vitest';
import { exposuresOf } from '../../../shared/access/exposure-model.ts';
import { readGround } from '../../../shared/access/ground.ts';
import { collected } from '../../../shared/facts/fact.ts';
import { zoneDifferences } from '../../../shared/firewall/firewalld-zones.ts';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import { factsOf } from '../../property/access-reach/support.ts';
import { listener } from '../support/builders.ts';
import {
  allowedTexts,
  nftChain,
  nftJson,
  nftRule,
  match,
  payload,
  rawFirewall,
  verdictOf,
} from './firewalls.ts';

const filter = (policy: string, ...rules: readonly string[]) =>
  [
    '*filter',
    `:INPUT ${policy}`,
    '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
    ...rules,
    'COMMIT',
  ].join('\n');

/** As Docker writes it for one container with `-p 5433:5432`. */
const docker = [
  '*nat',
  ':PREROUTING ACCEPT [0:0]',
  ':DOCKER - [0:0]',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
  '-A DOCKER -i docker0 -j RETURN',
  '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5433 -j DNAT --to-destination 172.17.0.2:5432',
  'COMMIT',
  '*filter',
  ':INPUT DROP [0:0]',
  ':FORWARD DROP [0:0]',
  ':DOCKER - [0:0]',
  ':DOCKER-ISOLATION-STAGE-1 - [0:0]',
  ':DOCKER-ISOLATION-STAGE-2 - [0:0]',
  ':DOCKER-USER - [0:0]',
  '-A FORWARD -j DOCKER-USER',
  '-A FORWARD -j DOCKER-ISOLATION-STAGE-1',
  '-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A FORWARD -o docker0 -j DOCKER',
  '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
  '-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT',
  '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
  '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
  '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
  '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
  '-A DOCKER-USER -j RETURN',
  'COMMIT',
].join('\n');

function dockerFacts(save: string) {
  const facts = factsOf(['host all all 0.0.0.0/0 scram-sha-256'], { four: save, six: filter('DROP') });
  return {
    ...facts,
    interfaces: collected([
      { name: 'lo', address: '127.0.0.1', prefix: 8 },
      { name: 'eth0', address: '10.0.0.2', prefix: 24 },
      { name: 'docker0', address: '172.17.0.1', prefix: 16 },
    ]),
    listeners: collected([listener('0.0.0.0', 5432, 'postgres'), listener('0.0.0.0', 5433, 'docker-proxy')]),
  };
}

describe('a port that Docker publishes', () => {
  it('is open past the INPUT chain, for whom DOCKER-USER lets through', () => {
    const { network } = exposuresOf(readGround(dockerFacts(docker)));
    const [open] = network.filter(({ scope, to }) => scope === 'remote' && to.address === '10.0.0.2');
    expect(open).toMatchObject({
      from: ['0.0.0.0/0'],
      to: { port: 5433 },
      redirectedTo: { address: '172.17.0.2', port: 5432 },
      process: 'a container or another machine',
      certainty: 'certain',
    });
    expect(open?.firewallRule).toMatch(/^ip filter DOCKER: -d 172\.17\.0\.2/);
    const narrowed = docker.replace(
      '-A DOCKER-USER -j RETURN',
      '-A DOCKER-USER -i eth0 ! -s 10.0.0.0/24 -j DROP',
    );
    const [some] = exposuresOf(readGround(dockerFacts(narrowed))).network;
    expect(some).toMatchObject({ from: ['10.0.0.0/24'], to: { port: 5433 } });
  });
});

describe('a redirect', () => {
  const redirect = (rule: string) =>
    ['*nat', ':PREROUTING ACCEPT', `-A PREROUTING ${rule}`, 'COMMIT'].join('\n');
  const facts = (rule: string, input: string) =>
    factsOf(['host all app 0.0.0.0/0 md5'], {
      four: `${redirect(rule)}\n${filter('DROP', input)}`,
      six: filter('DROP'),
    });

  it('opens the server by another port, where the rules for the server itself let it', () => {
    const rule = '-s 192.0.2.0/24 -p tcp -m tcp --dport 15432 -j REDIRECT --to-ports 5432';
    const { network } = exposuresOf(readGround(facts(rule, '-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT')));
    const found = network.filter(({ to, roles }) => to.port === 15432 && roles.includes('app'));
    expect(found.map(({ from, redirectedTo }) => [from, redirectedTo?.port])).toContainEqual([
      ['192.0.2.0/24'],
      5432,
    ]);
    const closed = exposuresOf(readGround(facts(rule, '-A INPUT -p tcp -m tcp --dport 15432 -j ACCEPT')));
    expect(closed.network.filter(({ scope }) => scope === 'remote')).toEqual([]);
  });

  it('is unknown where the kernel chooses', () => {
    const rule = '-p tcp -m tcp --dport 15432 -j DNAT --to-destination 10.0.0.2-10.0.0.9';
    const { unknown } = exposuresOf(readGround(facts(rule, '-A INPUT -p tcp -j ACCEPT')));
    expect(unknown).toContainEqual(
      expect.objectContaining({ gate: 'firewall', to: { address: '0.0.0.0', port: 15_432 } }),
    );
    const wide = '-p tcp -j DNAT --to-destination 10.0.0.2-10.0.0.9';
    const all = exposuresOf(readGround(facts(wide, '-A INPUT -p tcp -j ACCEPT')));
    expect(all.unknown.map(({ reason }) => reason).join()).toContain(
      'Unknown because of the rule ip nat PREROUTING',
    );
    expect(all.network.some(({ certainty, scope }) => scope === 'remote' && certainty === 'certain')).toBe(
      false,
    );
  });

  it('of nft is followed too, and what comes in by it is told by ct status', () => {
    const model = readFirewall(
      rawFirewall({
        nftRulesetJson: nftJson(
          {
            chain: {
              family: 'inet',
              table: 't',
              name: 'pre',
              hook: 'prerouting',
              prio: -100,
              policy: 'accept',
              type: 'nat',
            },
          },
          nftRule('inet t', 'pre', match(payload('tcp', 'dport'), 7000), { redirect: { port: 5432 } }),
          nftChain('inet t', 'in', 'input', 'drop'),
          nftRule('inet t', 'in', match({ ct: { key: 'state' } }, 'established', 'in'), { accept: null }),
          nftRule('inet t', 'in', match({ ct: { key: 'status' } }, 'dnat', 'in'), { accept: null }),
        ),
      }),
    );
    expect(verdictOf(model, '10.0.0.1', 7000)).toBe('accept');
    expect(verdictOf(model, '10.0.0.1', 5432)).toBe('drop');
    // Nothing that asks about port 7000 itself may take it as reached.
    expect(allowedTexts(model, 7000)).toEqual([]);
  });
});

it.each([
  ['REDIRECT --to-ports 7000', ['?0.0.0.0/0']],
  ['REDIRECT --to-ports 5432', []],
])('the kernel marks only what is changed as translated: %s', (target, expected) => {
  const save = [
    `*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp -m tcp --dport 7000 -j ${target}\nCOMMIT`,
    filter('DROP', '-A INPUT -m conntrack --ctstate DNAT -j ACCEPT'),
  ].join('\n');
  const model = readFirewall(rawFirewall({ nftRulesetJson: null, iptablesSave: save, ip6tablesSave: '' }));
  expect(allowedTexts(model, 7000)).toEqual(expected);
  // Another port is another connection: that one is known to be let in.
  expect(verdictOf(model, '10.0.0.1', 7000)).toBe(expected.length === 0 ? 'accept' : 'unknown');
});

it('a list of ipsets is what its sets are; of one that is missing nobody knows', () => {
  const save = filter('DROP', '-A INPUT -m set --match-set all src -p tcp -m tcp --dport 5432 -j ACCEPT');
  const ipset = [
    'create offices hash:net family inet hashsize 1024 maxelem 65536',
    'add offices 10.0.0.0/24',
    'create all list:set size 8',
    'add all offices',
  ];
  const model = (text: readonly string[]) =>
    readFirewall(
      rawFirewall({
        nftRulesetJson: null,
        iptablesSave: save,
        ip6tablesSave: filter('DROP'),
        ipsetSave: text.join('\n'),
      }),
    );
  expect(allowedTexts(model(ipset), 5432)).toEqual(['10.0.0.0/24']);
  expect(allowedTexts(model([...ipset, 'add all gone']), 5432)).toEqual(['?0.0.0.0/0']);
});

it('rules of the legacy ip6tables count beside those of nf_tables', () => {
  const model = readFirewall(
    rawFirewall({ iptablesSave: filter('ACCEPT'), ip6tablesSave: '', ip6tablesLegacySave: filter('DROP') }),
  );
  expect(allowedTexts(model, 5432, 'ipv6')).toEqual([]);
  expect(allowedTexts(model, 5432)).toEqual(['0.0.0.0/0']);
});

it('firewalld is compared with what it will be after a reload', () => {
  const zone = (ports: string, rich: string) =>
    `public (active)\n  target: default\n  interfaces: eth0\n  sources: \n  services: ssh\n  ports: ${ports}\n  protocols: \n  source-ports: \n  rich rules: \n\t${rich}\n`;
  expect(
    zoneDifferences(zone('5432/tcp', 'rule family="ipv4" accept'), zone('', 'rule family="ipv4" accept')),
  ).toEqual([{ zone: 'public', runtimeOnly: ['port 5432/tcp'], permanentOnly: [] }]);
  expect(zoneDifferences(zone('', ''), zone('', ''))).toEqual([]);
});
