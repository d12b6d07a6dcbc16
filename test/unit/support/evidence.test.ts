import { expect, test } from 'vitest';
import { fileEvidence } from '../../../shared/checks/support/evidence.ts';
import { bytesOfText, textOfBytes } from '../../../shared/lib/text-bytes.ts';
import { configurationFile } from './facts.ts';

test.each([
  'host all all 10.0.0.0/8 ldap ldapbindpasswd=hunter2 ldapserver=x',
  'host all all 10.0.0.0/8 ldap ldapbindpasswd="hunter2 hunter2" ldapserver=x',
  'host all all 10.0.0.0/8 ldap "ldapbindpasswd=hunter2 hunter2" ldapserver=x',
  'host all all 10.0.0.0/8 radius radiussecrets="""hunter2"",""hunter2"""',
  "primary_conninfo = 'host=db1 user=rep password=hunter2 application_name=x'",
  "primary_conninfo = 'host=db1 user=rep password=''hunter2 hunter2'' application_name=x'",
])('no secret is shown: %s', (line) => {
  const shown = JSON.stringify(fileEvidence(configurationFile('pg_hba.conf', '/hba', `${line}\n`), [1]));
  expect(shown).toContain('[redacted]');
  expect(shown).not.toContain('hunter2');
});

test('shows the method password and the neighbours of a line', () => {
  const file = configurationFile(
    'pg_hba.conf',
    '/hba',
    '# a\n\nlocal all all peer\nhost all all all password\n# b\n# c\n',
  );
  expect(fileEvidence(file, [4])).toMatchObject({
    lines: [{ number: 3 }, { number: 4, text: 'host all all all password', marked: true }, { number: 5 }],
  });
});

test.each(['plain', 'müller', '名前', '100%'])('bytes and text of %s', (text) => {
  expect(textOfBytes(bytesOfText(text))).toBe(text);
});

test('bytes that are no UTF-8 stay as they are', () => {
  expect(textOfBytes('m\u00fcller')).toBe('m\u00fcller');
});
