import { expect, test } from 'vitest';
import { describeRule } from '../../../shared/hba/describe.ts';
import { parseHba } from '../../../shared/hba/parse.ts';

const sentence = (text: string): string => {
  const [line] = parseHba(text, { path: '/hba', major: 18 }).lines;
  return line?.kind === 'rule' ? describeRule(line.rule) : `not a rule: ${JSON.stringify(line)}`;
};

test.each([
  [
    'local all all peer',
    'Every role may connect to every database over the Unix-domain socket of the server if they are the operating system user of the same name.',
  ],
  [
    'host all all 0.0.0.0/0 trust',
    'Every role may connect to every database over the network from any IPv4 address in the world, encrypted or not, without any proof of who they are.',
  ],
  [
    'hostssl shop,"all" +staff,app 10.0.0.0/8 scram-sha-256 clientcert=verify-full',
    'Every member of the role "staff" and the role "app" may connect to the database "shop" and the database "all" over the network from addresses in 10.0.0.0/8 with TLS with a password, checked by SCRAM; a valid client certificate is needed too.',
  ],
  [
    'host replication all .example.com reject',
    'Every role may not connect to the replication stream over the network from any host below example.com, encrypted or not.',
  ],
  [
    'local sameuser /^x peer map=m',
    'Every role whose name matches ^x may connect to the database with the role\'s own name over the Unix-domain socket of the server if they are the operating system user of the same name; names are translated by the map "m".',
  ],
])('%s', (text, expected) => {
  expect(sentence(text)).toBe(expected);
});
