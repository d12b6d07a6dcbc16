import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfText } from '../../../shared/lib/text-bytes.ts';
import { applyHbaEdits } from '../../../shared/hba/edit.ts';
import { scanAuthFile } from '../../../shared/hba/tokens.ts';
import { canMove, changeRule, moveRow, removeRow, switchRow } from '../../../shared/hba/editor/operations.ts';
import { isActive, readRows, rowsText } from '../../../shared/hba/editor/rows.ts';
import { shownLines, shownText } from '../../../shared/hba/editor/shown.ts';
import { editsFromText } from '../../../shared/hba/editor/text-edits.ts';

const line = fc.constantFrom(
  'local all all peer',
  'hostssl shop app 10.0.0.0/24 scram-sha-256 # the shop',
  '  host  all\tall 10.0.0.5 255.255.255.255   md5',
  'host all "a b",+x all reject',
  'include more.conf',
  '@names oops',
  'host all @names samenet scram-sha-256',
  'host all all all ldap ldapserver=a ldapbasedn=b ldapbindpasswd="geheim 1"',
  'host all bob all ldap ldapserver=a ldapbasedn=b ldapbindpasswd=geheim2',
  '# host all all all ldap ldapbindpasswd=alt',
  '#local all all trust',
  '# a comment',
  '#',
  '',
  '   ',
  'host all all \\\n 10.0.0.0/8 md5',
  'nonsense "open',
  '# Größe',
  'host all all 10.0.0.0/8 md5\\',
);
const lines = fc.array(line, { maxLength: 12 });
const file = fc
  .tuple(lines, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([all, end, last]) => bytesOfText(all.join(end) + (last && all.length > 0 ? end : '')));
const major = fc.constantFrom(13, 15, 16, 18);
const options = (version: number) => ({ path: '/hba', major: version });

test('what is shown and not touched is written back byte for byte', () => {
  fc.assert(
    fc.property(file, major, (bytes, version) => {
      const text = shownText(shownLines(bytes, version));
      expect(text).not.toMatch(/geheim|alt\b/);
      expect(rowsText(readRows(text, options(version)), text)).toBe(text);
      const edits = editsFromText(bytes, text, options(version));
      expect(edits).toEqual({ ok: true, edits: [] });
    }),
  );
});

test('any text becomes edits that give exactly its lines, and leave the bytes of the others', () => {
  fc.assert(
    fc.property(
      file,
      lines,
      fc.array(fc.nat(40), { maxLength: 12 }),
      major,
      (bytes, fresh, picks, version) => {
        const shown = shownLines(bytes, version);
        const kept = picks.flatMap((pick) => shown[pick]?.body ?? fresh[pick % (fresh.length || 1)] ?? []);
        const text = kept.map((body) => `${body}\n`).join('');
        const edits = editsFromText(bytes, text, options(version));
        if (!edits.ok) return;
        const result = applyHbaEdits(bytes, edits.edits, options(version));
        if (!result.ok) {
          // A backslash that was at the very end of the file would now continue on the next line.
          expect(result.conflict.reason).toContain('run into');
          return;
        }
        const after = shownLines(result.text, version);
        const wanted = scanAuthFile(text, version).map((one) => one.text.replace(/\n$/, ''));
        expect(after.map(({ body }) => body.replace(/\*{8}\d*/g, '*'))).toEqual(
          wanted.map((body) => body.replace(/\*{8}\d*/g, '*')),
        );
        const known = new Set(shown.map((one) => one.bytes.trimEnd()));
        for (const one of after.filter(({ veiled }) => veiled)) {
          const bare = one.bytes.trimEnd();
          expect(known.has(bare) || known.has(bare.replace(/^# /, '')) || known.has(`# ${bare}`)).toBe(true);
        }
        expect(JSON.stringify(edits.edits)).not.toMatch(/geheim/);
      },
    ),
  );
});

test('a line moved and moved back, commented out and in again, is the same text', () => {
  fc.assert(
    fc.property(file, major, fc.nat(11), fc.constantFrom('up', 'down'), (bytes, version, pick, way) => {
      const text = shownText(shownLines(bytes, version));
      const rows = readRows(text, options(version));
      const row = rows.filter(isActive)[pick];
      if (row === undefined) return;
      const moved = moveRow(text, options(version), row.index, way);
      if (canMove(rows, row.index, way) && moved.ok) {
        expect(readRows(moved.text, options(version))[moved.index]?.body).toBe(row.body);
        const back = moveRow(moved.text, options(version), moved.index, way === 'up' ? 'down' : 'up');
        expect(back).toEqual({ ok: true, text, index: row.index });
      }
      if (row.kind !== 'rule' && row.kind !== 'include') return;
      const off = switchRow(text, options(version), row.index);
      if (!off.ok) return;
      expect(readRows(off.text, options(version))[row.index]?.kind).toBe('off');
      expect(switchRow(off.text, options(version), row.index)).toEqual({ ok: true, text, index: row.index });
    }),
  );
});

test('a change of a field touches its line alone, and removing a line leaves the others', () => {
  fc.assert(
    fc.property(file, major, fc.nat(11), (bytes, version, pick) => {
      const text = shownText(shownLines(bytes, version));
      const rows = readRows(text, options(version));
      const row = rows.filter(({ rule }) => rule !== null)[pick];
      if (row === undefined) return;
      const others = rows.filter(({ index }) => index !== row.index).map(({ body }) => body);
      const changed = changeRule(text, options(version), row.index, { method: 'reject', options: [] });
      if (changed.ok) {
        const after = readRows(changed.text, options(version));
        expect(after[row.index]?.rule?.method).toBe('reject');
        expect(after.filter(({ index }) => index !== row.index).map(({ body }) => body)).toEqual(others);
      }
      const removed = removeRow(text, options(version), row.index);
      if (removed.ok && others.at(-1) !== '')
        expect(readRows(removed.text, options(version)).map(({ body }) => body)).toEqual(others);
    }),
  );
});
