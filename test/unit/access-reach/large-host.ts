import { collected } from '../../../shared/facts/fact.ts';
import type { ReachFacts } from '../../../shared/access/exposure.ts';
import { factsOf } from '../../property/access-reach/support.ts';
import { role } from '../support/builders.ts';

const types = ['host', 'hostssl', 'host', 'hostnossl'];
const methods = ['scram-sha-256', 'scram-sha-256', 'md5', 'reject'];

/** Spreads numbers without order and always alike. */
const mixed = (index: number, salt: number): number => ((index + 1) * 2_654_435_761 + salt * 40_503) >>> 0;

function lineOf(index: number, roles: number, databases: number): string {
  const number = mixed(index, 1);
  const user = index % 10 === 0 ? 'all' : index % 17 === 0 ? '+staff' : `role${number % roles}`;
  const database =
    index % 7 === 0 ? 'all' : index % 29 === 0 ? 'sameuser' : `db${mixed(index, 2) % databases}`;
  const address =
    index % 3 === 0
      ? `fd00:${(number % 65_536).toString(16)}::/${[32, 48, 64][index % 3] ?? 48}`
      : `10.${number % 256}.${mixed(index, 3) % 256}.0/${16 + (index % 17)}`;
  return `${types[index % 4]} ${database} ${user} ${address} ${methods[index % 4]}`;
}

function ruleOf(index: number): string {
  const number = mixed(index, 5);
  const network = `10.${number % 256}.${mixed(index, 6) % 256}.0/${18 + (index % 12)}`;
  return `-A INPUT -s ${network} -p tcp -m tcp --dport 5432 -j ${index % 5 === 0 ? 'DROP' : 'ACCEPT'}`;
}

/** A host with so many lines of pg_hba.conf, rules of iptables, roles and databases. */
export function largeHost(size: {
  readonly lines: number;
  readonly rules: number;
  readonly roles: number;
  readonly databases: number;
}): ReachFacts {
  const lines = Array.from({ length: size.lines }, (_, index) => lineOf(index, size.roles, size.databases));
  const rules = Array.from({ length: size.rules }, (_, index) => ruleOf(index));
  const save = [
    '*filter',
    ':INPUT DROP',
    '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
    ...rules,
    'COMMIT',
  ];
  const facts = factsOf(lines, { four: save.join('\n'), six: '*filter\n:INPUT ACCEPT\nCOMMIT' });
  const database = (name: string) => ({
    name,
    owner: 'postgres',
    allowConnections: true,
    template: false,
    connectionLimit: -1,
    grants: [],
    defaultAcl: true,
  });
  return {
    ...facts,
    roles: collected(Array.from({ length: size.roles }, (_, index) => role(`role${index}`))),
    databases: collected(Array.from({ length: size.databases }, (_, index) => database(`db${index}`))),
  };
}
