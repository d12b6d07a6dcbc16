import { lines, sections } from '../parse/lines.ts';
import { defineCollector, mapFact, shell } from '../define-collector.ts';

/** OS accounts and groups: who may write to a socket, who is an administrator. */
export const accountsCollector = defineCollector({
  subject: 'accounts',
  facts: ['accounts'],
  probes: {
    // getent also asks LDAP and the like where they are set up; a directory of thousands is cut at the byte limit.
    databases: shell(
      'login',
      String.raw`echo '== passwd'; getent passwd 2>/dev/null || cat /etc/passwd
echo '== group'; getent group 2>/dev/null || cat /etc/group`,
      { capBytes: 1_048_576 },
    ),
  },
  read({ databases }) {
    return {
      accounts: mapFact(databases, ({ text }) => {
        const parts = sections(text);
        return {
          users: rows(parts.get('passwd')).flatMap(([name, , uid, gid, , , shellProgram]) =>
            name === undefined || !isNumber(uid) || !isNumber(gid)
              ? []
              : [{ name, uid: Number(uid), gid: Number(gid), shell: shellProgram ?? '' }],
          ),
          groups: rows(parts.get('group')).flatMap(([name, , gid, members]) =>
            name === undefined || !isNumber(gid)
              ? []
              : [{ name, gid: Number(gid), members: (members ?? '').split(',').filter(Boolean) }],
          ),
        };
      }),
    };
  },
});

const rows = (text: string | undefined) => lines(text ?? '').map((line) => line.split(':'));
const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d+$/.test(text);
