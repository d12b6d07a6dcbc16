import fc from 'fast-check';

/** A pg_hba.conf with the files that it may refer to, by path relative to the data directory. */
export type HbaCase = Readonly<Record<string, string>>;

const list = (...items: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.array(fc.oneof(...items), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(',', ',', ', ', ' ,', ',,', ',\t'),
    )
    .map(([words, comma]) => words.join(comma));

const names = fc.constantFrom(
  ...[
    'db1',
    'bob',
    '"d b"',
    '""',
    '"@x"',
    '@',
    '"o""brien"',
    'a"b c"d',
    'é',
    '"all"',
    'All',
    '"',
    'x#y',
    '"+g"',
  ],
);
const regexes = fc.constantFrom(
  ...[
    '/^a',
    '"/^a(b|c)$"',
    '/',
    '/^(a',
    '/a)',
    '/[a',
    '/*a',
    '"/a{2,1}"',
    '"/a{1,2}"',
    '/a**',
    '/\\d+$',
    '"/a\\"',
    '/[[:alpha:]]',
  ],
  ...[
    '/(?i)x',
    '/a|',
    '/()',
    '/^*',
    '/$+',
    '"/a{,3}"',
    '"/a{3,}"',
    '"/a{300}"',
    '/[z-a]',
    '/[]a]',
    '/[^]]',
    '/(?:a)b',
    '/a+?',
    '/x{2',
  ],
);
const files = fc.constantFrom('@inc/words', '@"inc/more words"', '@inc/empty', '@inc/gone', '@inc/lines');
const database = list(
  fc.constantFrom('all', 'sameuser', 'samerole', 'samegroup', 'replication'),
  names,
  names,
  regexes,
  files,
);
const user = list(fc.constantFrom('all', '+g', '+"g h"', 'bob'), names, names, regexes, files);
const address = fc.constantFrom(
  ...[
    '127.0.0.1/32',
    '10.1.2.3/8',
    '0.0.0.0/0',
    '::1/128',
    '::/0',
    'fe80::1/64',
    'all',
    'samehost',
    'samenet',
    '"all"',
  ],
  ...[
    '10.0.0.0 255.0.0.0',
    '10.0.0.0 255.0.255.0',
    'fd00:: ffff::',
    '10.0.0.0',
    '::1',
    '10.0.0.0 ffff::',
    'db.example.com',
  ],
  ...[
    '.example.com',
    'db.example.com/32',
    '10.0.0.0/33',
    '10.0.0.0/+8',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8x',
    '"10.0.0.0/ 8"',
  ],
  ...[
    '127.1/8',
    '0x7f.1/8',
    '010.0.0.1/32',
    '08.0.0.1/32',
    '1.2.3.4.5/8',
    '256.0.0.1/8',
    '4294967295/32',
    '4294967296/32',
    '10/8',
  ],
  ...[
    '::ffff:10.0.0.1/96',
    '1::2::3/64',
    '12345::/64',
    ':::/0',
    '::1%lo/128',
    'fe80::1%0/64',
    '[::1]/128',
    '10.0.0.0/8,::1/128',
    '""',
  ],
  ...[
    '::10.0.0.1/128',
    '1:2:3:4:5:6:7:8/128',
    '1:2:3:4:5:6:7::/128',
    '1:2:3:4:5:6:7:8:9/128',
    ':1::/16',
    '1::2:/16',
    '10.0.0.256',
    '/8',
  ],
);
const method = fc.constantFrom(
  ...[
    'trust',
    'reject',
    'md5',
    'scram-sha-256',
    'password',
    'peer',
    'ident',
    'cert',
    '"trust"',
    'trust,md5',
    'Trust',
    'none',
  ],
  ...['gss', 'sspi', 'pam', 'bsd', 'ldap', 'radius', 'oauth'],
);
const option = fc.constantFrom(
  ...[
    'map=m',
    'map="my map"',
    '"map=x y"',
    'map',
    'map=',
    'foo=bar',
    'clientcert=verify-ca',
    'clientcert=verify-full',
  ],
  ...[
    'clientcert=1',
    'clientcert=0',
    'clientcert=no-verify',
    'clientcert=x',
    'clientname=CN',
    'clientname=x',
    'pamservice=p',
    'pam_use_hostname=1',
  ],
  ...[
    'ldapserver=l',
    'ldapprefix="a b"',
    'ldapbasedn=dc',
    'ldapsearchattribute=u',
    'ldapsearchfilter=f',
    'ldapport=0',
    'ldapport=389x',
  ],
  ...[
    'radiusservers=127.0.0.1',
    'radiussecrets=s',
    'issuer=i',
    'scope=s',
    'validator=v',
    'delegate_ident_mapping=1',
    'map=a=b',
  ],
  ...[
    'include_realm=0',
    'krb_realm=R',
    'compat_realm=1',
    'ldapscheme=x',
    'radiussecrets="a,b"',
    'map=a,map=b',
  ],
);
const type = fc.constantFrom(
  ...[
    'local',
    'host',
    'host',
    'hostssl',
    'hostnossl',
    'hostgssenc',
    'hostnogssenc',
    '"host"',
    'Host',
    'hosts',
    'host,local',
  ],
);
const blank = fc.constantFrom(' ', ' ', ' ', '\t', '   ', ' \\\n', '\\\r\n ', '\r', ' , ');
const comment = fc.constantFrom('', '', '', ' # note', '#x', ' # it goes on \\', ' \\', '\\ ', ' "');

const rule = fc
  .tuple(type, database, user, address, method, fc.array(option, { maxLength: 3 }), blank, comment)
  .map(([kind, databases, users, client, how, options, gap, end]) => {
    const columns = kind === 'local' ? [kind, databases, users, how] : [kind, databases, users, client, how];
    return [...columns, ...options].join(gap) + end;
  });
const soundRule = fc
  .tuple(
    fc.constantFrom('host', 'hostssl', 'local'),
    fc.constantFrom('all', 'db1,"d b"', '@inc/words'),
    blank,
  )
  .map(([kind, databases, gap]) => {
    const columns = kind === 'local' ? ['all', 'peer map=m'] : ['+g,bob', '10.0.0.0/8', 'md5'];
    return [kind, databases, ...columns].join(gap);
  });
const cutRule = fc.tuple(rule, fc.nat(60)).map(([text, length]) => text.slice(0, length));
const oddRule = fc
  .tuple(rule, fc.nat(40), fc.constantFrom('"', '\\', '#', ',', ' ', '@', '+', '\\\n', '\r', 'é'))
  .map(([text, at, inserted]) => text.slice(0, at) + inserted + text.slice(at));
const include = fc
  .tuple(
    fc.constantFrom('include', 'include', 'include_if_exists', 'include_dir', '"include"', 'include_dir'),
    fc.constantFrom(
      'inc/rules',
      'inc/gone',
      'inc/dir',
      './inc/../inc/rules',
      '"inc/more words"',
      'inc/dir2',
      'inc/empty',
      '" "',
    ),
    fc.constantFrom('', ' # note', ' extra'),
  )
  .filter(([directive, target]) => directive === 'include_dir' || !target.startsWith('inc/dir'))
  .filter(([directive, target]) => directive !== 'include_dir' || !/rules|words|empty/.test(target))
  .map(([directive, target, end]) => `${directive} ${target}${end}`);
const line = fc.oneof(
  { weight: 6, arbitrary: rule },
  { weight: 3, arbitrary: soundRule },
  { weight: 1, arbitrary: cutRule },
  { weight: 2, arbitrary: oddRule },
  { weight: 2, arbitrary: include },
  { weight: 1, arbitrary: fc.constantFrom('', '# comment', '  ', '\t# x', '"', '\\', ',', '@inc/lines') },
);
const file = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n')), { maxLength }), fc.boolean())
    .map(([lines, cut]) => {
      const text = lines.flat().join('');
      return cut ? text.replace(/\r?\n$/, '') : text;
    });

/** Cases of which every line may be right or wrong; the files beside the main one are rules, words or nothing. */
export const hbaCases: fc.Arbitrary<HbaCase> = fc
  .record({
    main: file(8),
    rules: file(3),
    first: file(2),
    second: file(2),
    words: fc.constantFrom('a b\n', '"all",c\n# x\nd', '@more'),
  })
  .map(({ main, rules, first, second, words }) => ({
    'pg_hba.conf': main,
    'inc/rules': rules.replaceAll('include', '#include').replaceAll('@inc', '#inc'),
    'inc/words': words,
    'inc/more': '"m" n',
    'inc/more words': '+g\n',
    'inc/empty': '# nothing\n\n',
    'inc/lines': 'local all all trust\n@"more words"\n',
    'inc/dir/b.conf': first.replaceAll('include', '#include').replaceAll('@inc', '@../x'),
    'inc/dir/a.conf': second.replaceAll('include', '#include').replaceAll('@inc', '@../../inc'),
    'inc/dir/.hidden.conf': 'broken',
    'inc/dir/other.txt': 'broken',
  }));
