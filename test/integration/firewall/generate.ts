import fc from 'fast-check';

type Pool = {
  readonly family: 4 | 6;
  readonly host: string;
  readonly singles: readonly string[];
  readonly networks: readonly string[];
};

/** Addresses around those that the test connects from, so that rules meet them and miss them about as often. */
export function pools(index: string): readonly [Pool, Pool] {
  const four = `10.231.${index}`;
  const six = `fd99:231:${index}::`;
  return [
    {
      family: 4,
      host: `${four}.2`,
      singles: [`${four}.1`, `${four}.10`, `${four}.20`],
      networks: [`${four}.0/28`, `${four}.16/28`, '10.231.0.0/16', '0.0.0.0/1', '192.168.0.0/16'],
    },
    {
      family: 6,
      host: `${six}2`,
      singles: [`${six}1`, `${six}10`, `${six}20`],
      networks: [`${six}10/124`, `${six}/125`, 'fd00::/8', '2000::/3', `${six}/64`],
    },
  ];
}

const port = fc.constantFrom('5432', '5433', '7000', '22');
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const addressOf = (pool: Pool) => fc.constantFrom(...pool.singles, ...pool.networks);
const uniqueSingles = (pool: Pool) =>
  fc.uniqueArray(fc.constantFrom(...pool.singles), { minLength: 1, maxLength: 3 });
const nftWord = (pool: Pool) => (pool.family === 4 ? 'ip' : 'ip6');

function nftMatch(both: readonly Pool[], hasConntrack: boolean): fc.Arbitrary<string> {
  const addresses = both.flatMap((pool) => {
    const word = nftWord(pool);
    const list = uniqueSingles(pool).map((all) => all.join(', '));
    return [
      addressOf(pool).map((address) => `${word} saddr ${address}`),
      addressOf(pool).map((address) => `${word} saddr != ${address}`),
      list.map((all) => `${word} saddr { ${all} }`),
      list.map((all) => `${word} saddr != { ${all} }`),
      pick(
        `${word} saddr @net${pool.family}`,
        `${word} saddr != @net${pool.family}`,
        `${word} saddr . tcp dport @pair${pool.family}`,
      ),
      pick(`${word} daddr ${pool.host}`, `${word} daddr != ${pool.host}`),
      fc
        .tuple(fc.constantFrom(...pool.singles), port)
        .map(([address, one]) => `${word} saddr . tcp dport { ${address} . ${one} }`),
    ];
  });
  const ports = [
    port.map((one) => `tcp dport ${one}`),
    port.map((one) => `tcp dport != ${one}`),
    pick(
      'tcp dport { 5432, 7000 }',
      'tcp dport 5000-6000',
      'tcp dport > 6000',
      'tcp dport @ports',
      'udp dport 5432',
      'udp dport != 5432',
      'tcp sport 1-65535',
    ),
  ];
  const connection = hasConntrack
    ? [
        pick(
          'ct state new',
          'ct state established,related',
          'ct state { new, untracked }',
          'ct state invalid',
          'ct state != established',
          'ct status dnat',
          'ct original proto-dst 7000',
          'ct direction original ct state new'.slice(22),
        ),
      ]
    : [];
  const others = [
    pick(
      'meta l4proto tcp',
      'meta l4proto { tcp, udp }',
      'meta nfproto ipv4',
      'meta nfproto ipv6',
      'meta l4proto udp',
    ),
    pick(
      'iifname "eth0"',
      'iifname != "eth0"',
      'iifname "lo"',
      'iif "lo"',
      'iifname "e*"',
      'iifname { "eth0", "lo" }',
    ),
    pick(
      'tcp flags syn',
      'tcp flags & (fin|syn|rst|ack) == syn',
      'tcp flags & (syn|ack) == ack',
      'tcp flags != syn',
    ),
    pick(
      'limit rate 100/second burst 500 packets',
      'limit rate over 1000/second burst 500 packets',
      'fib daddr type local',
      'fib daddr type { broadcast, multicast }',
      'iifname . tcp dport { "eth0" . 5432, "lo" . 7000 }',
    ),
  ];
  return fc.oneof(...addresses, ...ports, ...ports, ...connection, ...others);
}

/** Leaves out matches that nft refuses beside the ones before: another family, another protocol. */
function withoutConflicts(matches: readonly string[]): readonly string[] {
  let [family, protocol] = ['', ''];
  return matches.filter((match) => {
    const ofFamily = /^ip6 |nfproto ipv6/.test(match) ? '6' : /^ip |nfproto ipv4/.test(match) ? '4' : '';
    const ofProtocol = /l4proto \{/.test(match) ? 'several' : (/(tcp|udp) ?/.exec(match)?.[1] ?? '');
    if ((ofFamily && family && ofFamily !== family) || (ofProtocol && protocol && ofProtocol !== protocol))
      return false;
    family = ofFamily || family;
    protocol = ofProtocol || protocol;
    return true;
  });
}

function nftRule(
  both: readonly Pool[],
  targets: readonly string[],
  hasConntrack = true,
): fc.Arbitrary<string> {
  const verdict = fc.constantFrom(
    'accept',
    'accept',
    'drop',
    'drop',
    ...(hasConntrack ? ['reject'] : []),
    ...targets,
    'counter',
    'continue',
    'log prefix "x"',
  );
  const plain = fc
    .tuple(fc.array(nftMatch(both, hasConntrack), { minLength: 1, maxLength: 3 }), verdict)
    .map(([matches, end]) => `${withoutConflicts(matches).join(' ')} ${end}`);
  const end = fc.constantFrom('accept', 'drop', ...targets);
  const maps = [
    fc.tuple(end, end).map(([one, other]) => `tcp dport vmap { 5432 : ${one}, 7000 : ${other} }`),
    fc.tuple(end, end).map(([one, other]) => `tcp dport vmap { 5000-6000 : ${one}, 7000 : ${other} }`),
    ...both.flatMap((pool) => [
      fc
        .tuple(end, end)
        .map(
          ([one, other]) =>
            `${nftWord(pool)} saddr vmap { ${pool.singles[0]} : ${one}, ${pool.singles[1]} : ${other} }`,
        ),
      fc
        .tuple(end)
        .map(([one]) => `${nftWord(pool)} saddr . tcp dport vmap { ${pool.singles[2]} . 5433 : ${one} }`),
      fc.constant(`${nftWord(pool)} saddr vmap @map${pool.family}`),
    ]),
    ...(hasConntrack
      ? [end.map((one) => `ct state vmap { established : accept, related : accept, new : ${one} }`)]
      : []),
  ];
  return fc.oneof({ arbitrary: plain, weight: 5 }, { arbitrary: fc.oneof(...maps), weight: 1 });
}

const keepNeighbours = 'meta l4proto ipv6-icmp accept';

/** Leads some sources on from one port that listens to another one. */
function redirectRule(both: readonly Pool[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.oneof(
        ...both.map((pool) => addressOf(pool).map((address) => `${nftWord(pool)} saddr ${address} `)),
        pick(''),
      ),
      pick('5432', '5433', '7000'),
      pick('5432', '5433', '7000'),
    )
    .map(([source, from, to]) => `${source}tcp dport ${from} redirect to :${to}`);
}

/** A ruleset for `nft -f`: several base chains, chains to jump to, sets and maps. */
export function nftRulesets(index: string): fc.Arbitrary<string> {
  const both = pools(index);
  const rules = (targets: readonly string[], maxLength: number) =>
    fc.array(nftRule(both, targets), { maxLength });
  const policy = pick('accept', 'drop');
  const sets = fc.tuple(
    ...both.map((pool) =>
      fc.tuple(uniqueSingles(pool), fc.constantFrom(...pool.networks), pick('accept', 'drop', 'return')),
    ),
  );
  return fc
    .record({
      policy,
      sets,
      input: rules(['jump c1', 'goto c2', 'jump c3', 'return'], 7),
      c1: rules(['jump c2', 'return', 'goto c3'], 4),
      c2: rules(['jump c3', 'return'], 4),
      c3: rules(['return'], 3),
      later: fc.option(fc.tuple(policy, rules(['return'], 4))),
      early: fc.option(rules(['return'], 3)),
      redirects: fc.option(fc.array(redirectRule(both), { minLength: 1, maxLength: 2 })),
      ingress: fc.option(fc.array(nftRule(both, [], false), { maxLength: 2 }), { freq: 3 }),
      output: fc.option(
        pick(
          'policy drop; ct state established accept',
          'policy accept; tcp sport 5433 drop',
          `policy drop; tcp sport 5432 accept; ct state established ip daddr ${both[0].singles[1]} accept`,
        ),
        { freq: 3 },
      ),
    })
    .map(
      ({ policy: inputPolicy, sets: all, input, c1, c2, c3, later, early, ingress, output, redirects }) => {
        const chain = (name: string, body: readonly string[]) =>
          `  chain ${name} {\n${body.map((line) => `    ${line}`).join('\n')}\n  }`;
        const definitions = all.flatMap(([singles, network, verdict], at) => {
          const pool = both[at];
          if (pool === undefined) return [];
          const type = pool.family === 4 ? 'ipv4_addr' : 'ipv6_addr';
          return [
            `  set net${pool.family} { type ${type}; flags interval; auto-merge; elements = { ${singles[0]}, ${network} } }`,
            `  set pair${pool.family} { type ${type} . inet_service; elements = { ${singles.map((one) => `${one} . 5432`).join(', ')} } }`,
            `  map map${pool.family} { type ${type} : verdict; elements = { ${singles.map((one) => `${one} : ${verdict}`).join(', ')} } }`,
          ];
        });
        const base = (hook: string, priority: number, more: string) =>
          `type filter hook ${hook} priority ${priority}; ${more}`;
        return [
          'table inet t {',
          ...definitions,
          '  set ports { type inet_service; elements = { 5433, 7000 } }',
          chain('c3', c3),
          chain('c2', c2),
          chain('c1', c1),
          chain('input', [base('input', 0, `policy ${inputPolicy};`), keepNeighbours, ...input]),
          ...(later === null
            ? []
            : [chain('later', [base('input', 10, `policy ${later[0]};`), keepNeighbours, ...later[1]])]),
          ...(early === null
            ? []
            : [chain('early', [base('prerouting', -150, 'policy accept;'), keepNeighbours, ...early])]),
          ...(redirects === null
            ? []
            : [chain('redirects', ['type nat hook prerouting priority -100; policy accept;', ...redirects])]),
          ...(output === null
            ? []
            : [
                chain('output', [
                  base('output', 0, `${output.split('; ')[0]};`),
                  keepNeighbours,
                  ...output.split('; ').slice(1),
                ]),
              ]),
          '}',
          ...(ingress === null
            ? []
            : [
                'table netdev n {',
                ...definitions,
                '  set ports { type inet_service; elements = { 5433, 7000 } }',
                chain('i', [
                  'type filter hook ingress device "eth0" priority 0; policy accept;',
                  'meta protocol arp accept',
                  keepNeighbours,
                  ...ingress,
                ]),
                '}',
              ]),
          '',
        ].join('\n');
      },
    );
}

function iptablesMatch(pool: Pool): fc.Arbitrary<string> {
  const range = `${pool.singles[0]}-${pool.singles[1]}`;
  return fc.oneof(
    addressOf(pool).map((address) => `-s ${address}`),
    addressOf(pool).map((address) => `! -s ${address}`),
    pick(
      `-d ${pool.host}`,
      `! -d ${pool.host}`,
      `-m iprange --src-range ${range}`,
      `-m iprange ! --src-range ${range}`,
    ),
    pick(
      `-m set --match-set hosts${pool.family} src`,
      `-m set ! --match-set hosts${pool.family} src`,
      `-m set --match-set nets${pool.family} src`,
      `-m set --match-set ports${pool.family} src,dst`,
      `-m set --match-set all${pool.family} src`,
    ),
    pick('-i eth0', '! -i eth0', '-i lo', '-i e+'),
    port.map((one) => `-p tcp -m tcp --dport ${one}`),
    port.map((one) => `-p tcp -m tcp ! --dport ${one}`),
    pick(
      '-p tcp -m tcp --dport 5000:6000',
      '-p tcp -m multiport --dports 5432,7000',
      '-p tcp -m multiport ! --dports 5432,7000',
      '-p tcp -m multiport --ports 5000:5432,7000',
      '-p udp -m udp --dport 5432',
      '-p tcp',
      '! -p tcp',
      '-p tcp -m tcp --syn',
      '-p tcp -m tcp --tcp-flags SYN,ACK ACK',
      '-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN',
    ),
    pick(
      '-m conntrack --ctstate NEW',
      '-m conntrack --ctstate DNAT',
      '-m conntrack --ctstate RELATED,ESTABLISHED',
      '-m conntrack ! --ctstate NEW',
      '-m state --state INVALID',
      '-m state --state NEW,UNTRACKED',
    ),
    pick(
      '-m comment --comment "-j DROP \\"it\'s\\""',
      '-m limit --limit 100/sec --limit-burst 500',
      '-m addrtype --dst-type LOCAL',
      '-m addrtype --dst-type MULTICAST',
      '-m connlimit --connlimit-above 100',
      '-m hashlimit --hashlimit-upto 100/sec --hashlimit-burst 500 --hashlimit-mode srcip --hashlimit-name h1',
      '-m recent --name r1 --set',
      '-m recent --name r1 --update --seconds 2 --hitcount 15',
    ),
  );
}

const optionsOf = (text: string) =>
  text.split(/ (?=-[a-z]|!)/).map((option) => option.split(' ').find((word) => word !== '!'));

/** Options that may stand in one rule together: `-p` and the like only once. */
function compatible(matches: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return matches.filter((match) => {
    const keys = optionsOf(match)
      .filter((option) => option !== '-m')
      .map(String);
    if (
      keys.some((key) => seen.has(key)) ||
      /! -p/.test(match) ||
      (/-m (\w+)/.exec(match)?.[0] !== undefined && seen.has(/-m (\w+)/.exec(match)?.[0] ?? ''))
    )
      return false;
    for (const key of [...keys, /-m (\w+)/.exec(match)?.[0] ?? '']) seen.add(key);
    return true;
  });
}

/** The sets that the rules name, for `ipset restore`: hash:ip, hash:net with an exception, hash:net,port, list:set. */
export function ipsets(index: string): string {
  return pools(index)
    .flatMap(({ family, singles, networks }) => {
      const word = family === 4 ? 'inet' : 'inet6';
      return [
        `create hosts${family} hash:ip family ${word}`,
        `add hosts${family} ${singles[1]}`,
        `create nets${family} hash:net family ${word}`,
        // hash:net takes no network of length 0, so everything is written as two halves.
        ...(family === 4 ? ['0.0.0.0/1'] : ['fd00::/8']).map((network) => `add nets${family} ${network}`),
        `add nets${family} ${singles[2]} nomatch`,
        `create ports${family} hash:net,port family ${word}`,
        `add ports${family} ${networks[0]},tcp:5432`,
        `add ports${family} ${singles[2]},tcp:7000`,
        `create all${family} list:set`,
        `add all${family} hosts${family}`,
        `add all${family} ports${family}`,
      ];
    })
    .join('\n');
}

/** Rules for iptables-restore (or ip6tables-restore) with user chains and a second table. */
export function iptablesRulesets(index: string, family: 4 | 6): fc.Arbitrary<string> {
  const pool = pools(index)[family === 4 ? 0 : 1];
  const rules = (chain: string, targets: readonly string[], maxLength: number) =>
    fc.array(
      fc
        .tuple(
          fc.array(iptablesMatch(pool), { minLength: 1, maxLength: 3 }),
          fc.constantFrom(
            '-j ACCEPT',
            '-j ACCEPT',
            '-j DROP',
            '-j DROP',
            ...targets,
            '-j LOG --log-prefix "a b"',
            '',
          ),
        )
        .map(([matches, target]) => `-A ${chain} ${compatible(matches).join(' ')} ${target}`.trimEnd()),
      { maxLength },
    );
  return fc
    .record({
      policy: pick('ACCEPT', 'DROP'),
      input: rules('INPUT', ['-j REJECT', '-j C1', '-g C2', '-j RETURN'], 7),
      c1: rules('C1', ['-j C2', '-j RETURN', '-j REJECT'], 4),
      c2: rules('C2', ['-j RETURN'], 4),
      mangle: fc.option(rules('INPUT', [], 2)),
      redirects: fc.option(
        fc.array(
          fc
            .tuple(addressOf(pool), pick('5432', '5433', '7000'), pick('5432', '5433', '7000'))
            .map(
              ([source, from, to]) =>
                `-A PREROUTING -s ${source} -p tcp -m tcp --dport ${from} -j REDIRECT --to-ports ${to}`,
            ),
          { minLength: 1, maxLength: 2 },
        ),
      ),
    })
    .map(({ policy, input, c1, c2, mangle, redirects }) =>
      [
        ...(redirects === null ? [] : ['*nat', ':PREROUTING ACCEPT [0:0]', ...redirects, 'COMMIT']),
        ...(mangle === null
          ? []
          : [
              '*mangle',
              ':PREROUTING ACCEPT [0:0]',
              ':INPUT ACCEPT [0:0]',
              ...(family === 6 ? ['-A INPUT -p ipv6-icmp -j ACCEPT'] : []),
              ...mangle,
              'COMMIT',
            ]),
        '*filter',
        `:INPUT ${policy} [0:0]`,
        ':FORWARD ACCEPT [0:0]',
        ':OUTPUT ACCEPT [0:0]',
        ':C1 - [0:0]',
        ':C2 - [0:0]',
        ...(family === 6 ? ['-A INPUT -p ipv6-icmp -j ACCEPT'] : []),
        ...input,
        ...c1,
        ...c2,
        'COMMIT',
        '',
      ].join('\n'),
    );
}

/** Commands of ufw, to be run after a reset; the last one enables it. */
export function ufwCommands(index: string): fc.Arbitrary<readonly string[]> {
  const [four, six] = pools(index);
  const verb = pick('allow', 'deny', 'reject', 'limit', 'allow');
  const any = fc.oneof(addressOf(four), addressOf(six));
  const rule = fc.oneof(
    fc.tuple(verb, port).map(([word, one]) => `${word} ${one}/tcp`),
    fc
      .tuple(verb, any, port)
      .map(([word, address, one]) => `${word} from ${address} to any port ${one} proto tcp`),
    fc.tuple(pick('allow', 'deny'), any).map(([word, address]) => `${word} from ${address}`),
    fc
      .tuple(pick('allow', 'deny'), port)
      .map(([word, one]) => `${word} in on eth0 to any port ${one} proto tcp comment 'a b'`),
    fc
      .tuple(pick('allow', 'reject'), pick('5432,7000', '5000:6000'))
      .map(([word, several]) => `${word} proto tcp from any to any port ${several}`),
    fc
      .tuple(pick('allow', 'deny'))
      .map(([word]) => `${word} from ${four.singles[1]} to ${four.host} port 5433 proto tcp`),
  );
  return fc
    .tuple(pick('deny', 'deny', 'allow', 'reject'), fc.array(rule, { minLength: 1, maxLength: 6 }))
    .map(([policy, rules]) => [`default ${policy} incoming`, ...rules, '--force enable']);
}

/** Zone files of firewalld by name, and a set of addresses. */
export function firewalldFiles(index: string): fc.Arbitrary<Readonly<Record<string, string>>> {
  const both = pools(index);
  const action = pick('<accept/>', '<drop/>', '<reject/>');
  const rich = fc.oneof(
    ...both.map((pool) =>
      fc
        .tuple(
          fc.constantFrom(...pool.singles, ...pool.networks.slice(0, 3)),
          fc.option(port),
          action,
          pick('', ' invert="true"'),
          pick('', ' priority="-5"', ' priority="7"'),
        )
        .map(
          ([address, one, end, invert, priority]) =>
            `<rule family="ipv${pool.family}"${priority}><source address="${address}"${invert}/>${one === null ? '' : `<port port="${one}" protocol="tcp"/>`}${end}</rule>`,
        ),
    ),
    fc.tuple(port, action).map(([one, end]) => `<rule><port port="${one}" protocol="tcp"/>${end}</rule>`),
    fc
      .tuple(port)
      .map(
        ([one]) =>
          `<rule family="ipv4"><source ipset="blocked"/><port port="${one}" protocol="tcp"/><drop/></rule>`,
      ),
  );
  const item = fc.oneof(
    port.map((one) => `<port port="${one}" protocol="tcp"/>`),
    pick(
      '<port port="5000-6000" protocol="tcp"/>',
      '<service name="postgresql"/>',
      '<service name="ssh"/>',
      '<protocol value="tcp"/>',
      '<source-port port="1-1023" protocol="tcp"/>',
    ),
    rich,
  );
  const zone = (target: string, items: readonly string[]) =>
    `<?xml version="1.0" encoding="utf-8"?>\n<zone${target === 'default' ? '' : ` target="${target}"`}>${[...new Set(items)].join('')}</zone>\n`;
  return fc
    .record({
      target: pick('default', 'default', 'DROP', 'ACCEPT', '%%REJECT%%'),
      items: fc.array(item, { maxLength: 5 }),
      inner: fc.option(
        fc.tuple(
          pick('default', 'DROP', 'ACCEPT'),
          fc.array(item, { maxLength: 3 }),
          fc.integer({ min: 0, max: 1 }),
        ),
      ),
    })
    .map(({ target, items, inner }) => ({
      'ipsets/blocked.xml': `<?xml version="1.0" encoding="utf-8"?>\n<ipset type="hash:net"><entry>${both[0].singles[2]}</entry><entry>192.168.0.0/16</entry></ipset>\n`,
      'zones/public.xml': zone(target, items),
      ...(inner === null
        ? {}
        : {
            'zones/inner.xml': zone(inner[0], [
              `<source address="${both[inner[2]]?.singles[1]}"/>`,
              `<source address="${both[0].networks[1]}"/>`,
              ...inner[1],
            ]),
          }),
    }));
}
