import { describe, expect, it } from 'vitest';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import { sourcesAllowed } from '../../../shared/firewall/evaluate.ts';
import {
  allowedTexts,
  match,
  nftChain,
  nftJson,
  nftRule,
  payload,
  rawFirewall,
  verdictOf,
} from './firewalls.ts';

const table = { table: { family: 'inet', name: 't' } };
const input = (policy: string) => nftChain('inet t', 'input', 'input', policy);
const saddr = payload('ip', 'saddr');
const dport = payload('tcp', 'dport');
const model = (...objects: readonly unknown[]) =>
  readFirewall(rawFirewall({ nftRulesetJson: nftJson(table, ...objects) }));

describe('rules of nft', () => {
  it('open everything where there are none', () => {
    const empty = readFirewall(rawFirewall());
    expect(empty).toMatchObject({ manager: 'none', defaultInbound: 'accept' });
    expect(allowedTexts(empty, 5432)).toEqual(['0.0.0.0/0']);
    expect(allowedTexts(empty, 5432, 'ipv6')).toEqual(['::/0']);
  });

  it('are followed over sets, concatenations, jumps and policies', () => {
    const one = model(
      {
        set: {
          family: 'inet',
          table: 't',
          name: 'apps',
          type: 'ipv4_addr',
          elem: [
            { prefix: { addr: '10.0.0.0', len: 24 } },
            { range: ['10.1.0.5', '10.1.0.6'] },
            { elem: { val: '10.2.0.1', timeout: 60 } },
          ],
        },
      },
      nftChain('inet t', 'pg'),
      input('drop'),
      nftRule('inet t', 'pg', match(saddr, '@apps'), { accept: null }),
      nftRule(
        'inet t',
        'pg',
        match(
          { concat: [saddr, dport] },
          { set: [{ concat: ['192.168.0.9', 5432] }, { concat: ['192.168.0.8', 5433] }] },
        ),
        { accept: null },
      ),
      nftRule('inet t', 'input', match({ meta: { key: 'iifname' } }, 'lo'), { accept: null }),
      nftRule(
        'inet t',
        'input',
        match(dport, { set: [22, { range: [5430, 5440] }] }),
        { counter: {} },
        { jump: { target: 'pg' } },
      ),
      nftRule('inet t', 'input', match(dport, 22), { accept: null }),
    );
    expect(one).toMatchObject({ manager: 'nft', defaultInbound: 'drop', problems: [] });
    expect(allowedTexts(one, 5432)).toEqual([
      '10.0.0.0/24',
      '10.1.0.5',
      '10.1.0.6',
      '10.2.0.1',
      '192.168.0.9',
    ]);
    expect(allowedTexts(one, 22)).toEqual(['0.0.0.0/0']);
    expect(allowedTexts(one, 5432, 'ipv6')).toEqual([]);
    expect(verdictOf(one, '127.0.0.1', 80)).toBe('accept');
    expect(verdictOf(one, '10.0.0.7', 80)).toBe('drop');
  });

  it('of several base chains must all let a packet pass, in the order of their priorities', () => {
    const early = nftChain('inet t', 'early', 'prerouting', 'accept', -150);
    const late = nftChain('inet t', 'late', 'input', 'drop', 10);
    const one = model(
      early,
      input('accept'),
      late,
      nftRule('inet t', 'early', match(saddr, '10.0.0.1'), { drop: null }),
      nftRule('inet t', 'input', match(saddr, '10.0.0.0/30'.slice(0, 8)), { reject: null }),
      nftRule('inet t', 'late', match(saddr, { prefix: { addr: '10.0.0.0', len: 30 } }), { accept: null }),
    );
    expect(allowedTexts(one, 5432)).toEqual(['10.0.0.2/31']);
    expect([
      verdictOf(one, '10.0.0.1', 1),
      verdictOf(one, '10.0.0.0', 1),
      verdictOf(one, '10.0.0.4', 1),
    ]).toEqual(['drop', 'reject', 'drop']);
  });

  it('that stop the answer stop the connection', () => {
    const output = nftChain('inet t', 'output', 'output', 'drop');
    const answers = nftRule(
      'inet t',
      'output',
      match({ ct: { key: 'state' } }, ['established', 'related'], 'in'),
      match(payload('ip', 'daddr'), '10.0.0.1'),
      { accept: null },
    );
    expect(allowedTexts(model(output, answers), 5432)).toEqual(['10.0.0.1']);
  });

  it.each([
    [
      'a map of states',
      [
        {
          vmap: {
            key: { ct: { key: 'state' } },
            data: {
              set: [
                ['established', { accept: null }],
                ['new', { drop: null }],
              ],
            },
          },
        },
      ],
      [],
    ],
    [
      'a map of addresses',
      [
        {
          vmap: {
            key: saddr,
            data: {
              set: [
                ['10.0.0.1', { return: null }],
                ['*', { drop: null }],
              ],
            },
          },
        },
      ],
      ['10.0.0.1'],
    ],
    ['another family', [match(payload('ip6', 'saddr'), '::1', '!='), { drop: null }], ['0.0.0.0/0']],
    ['another protocol', [match(payload('udp', 'dport'), 5432, '!='), { drop: null }], ['0.0.0.0/0']],
    ['a limited refusal', [{ limit: { rate: 1, per: 'second' } }, { drop: null }], ['?0.0.0.0/0']],
    [
      'a refusal of the excess',
      [{ limit: { rate: 1, per: 'second', inv: true } }, { drop: null }],
      ['0.0.0.0/0'],
    ],
    [
      'an unknown match',
      [
        match({ meta: { key: 'mark' } }, 1),
        match(saddr, { prefix: { addr: '128.0.0.0', len: 1 } }),
        { drop: null },
      ],
      ['0.0.0.0/1', '?128.0.0.0/1'],
    ],
    ['translation', [match(dport, 5432), { redirect: { port: 6000 } }], ['?0.0.0.0/0']],
    ['an unknown statement', [{ 'brand new': 1 }], ['?0.0.0.0/0']],
    [
      'a broken reverse path',
      [match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false), { drop: null }],
      ['0.0.0.0/0'],
    ],
    [
      'other destinations',
      [match({ fib: { result: 'type', flags: ['daddr'] } }, 'local', '!='), { drop: null }],
      ['0.0.0.0/0'],
    ],
    [
      'no flags of a first packet',
      [match({ '&': [payload('tcp', 'flags'), ['syn', 'ack']] }, 'syn'), { drop: null }],
      [],
    ],
  ])('with %s', (_name, expr, expected) => {
    expect(allowedTexts(model(input('accept'), nftRule('inet t', 'input', ...expr)), 5432)).toEqual(expected);
  });

  it('that agree whether a match holds or not are known', () => {
    const one = model(
      input('drop'),
      nftRule('inet t', 'input', match({ meta: { key: 'mark' } }, 1), { drop: null }),
    );
    expect(allowedTexts(one, 5432)).toEqual([]);
  });

  it('name the rule that nobody understands', () => {
    const one = model(
      input('drop'),
      nftRule('inet t', 'input', match({ meta: { key: 'mark' } }, 1), { accept: null }),
    );
    const { unknown } = sourcesAllowed(one, { port: 5432, family: 'ipv4', interface: null });
    expect(unknown.map(({ because }) => because)).toEqual(['inet t input: meta mark 1 accept']);
    expect(verdictOf(one, '10.0.0.1', 5432)).toBe('unknown');
  });

  it('of other interfaces count only where they may be', () => {
    const one = model(
      input('drop'),
      nftRule('inet t', 'input', match({ meta: { key: 'iifname' } }, 'eth1'), { accept: null }),
    );
    expect(allowedTexts(one, 5432)).toEqual([]);
    expect(sourcesAllowed(one, { port: 5432, family: 'ipv4', interface: null }).unknown).toHaveLength(1);
  });

  it('that cannot be read make everything unknown', () => {
    for (const text of ['', '{}', '{"nftables": 1}', '[]', 'Error: syntax']) {
      const one = readFirewall(rawFirewall({ nftRulesetJson: text }));
      expect(one.problems).toHaveLength(1);
      expect(allowedTexts(one, 5432)).toEqual(['?0.0.0.0/0']);
      expect(verdictOf(one, '10.0.0.1', 5432)).toBe('unknown');
    }
  });

  it('survive a loop of chains and a missing one', () => {
    const one = model(
      nftChain('inet t', 'a'),
      input('drop'),
      nftRule('inet t', 'a', { jump: { target: 'a' } }),
      nftRule('inet t', 'input', { jump: { target: 'a' } }),
    );
    expect(allowedTexts(one, 1)).toEqual(['?0.0.0.0/0']);
    expect(
      allowedTexts(model(input('drop'), nftRule('inet t', 'input', { jump: { target: 'x' } })), 1),
    ).toEqual(['?0.0.0.0/0']);
  });
});
