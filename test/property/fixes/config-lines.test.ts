import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../shared/config/parse.ts';
import type { ConfigurationFile } from '../../../shared/facts/files.ts';
import { lineOperations, removableLine } from '../../../shared/fixes/support/config-lines.ts';
import { applyHbaEdits } from '../../../shared/hba/edit.ts';
import { textOfBytes } from '../../../shared/lib/text-bytes.ts';

const path = '/etc/postgresql/postgresql.conf';
const words = ['ssl', 'a.b', '=', ' ', '\t', "'", '\\', '"', ',', '#', '@', 'on', '5432', 'é', '\r\n', '\n'];
const text = fc
  .array(fc.constantFrom('ssl = on', "x 'y'", "include 'z'", '\\\n', ...words), { maxLength: 30 })
  .map((parts) => parts.join(''));

const fileOf = (content: string): ConfigurationFile => ({
  role: 'postgresql.conf',
  path,
  status: {
    path,
    type: 'file',
    mode: 0o644,
    owner: 'postgres',
    group: 'postgres',
    sizeBytes: content.length,
    modifiedAt: 0,
    hasAcl: false,
    target: null,
  },
  text: content,
  sha256: null,
  problem: null,
});

test('one line of postgresql.conf becomes a comment with a note above it, every other byte stays', () => {
  let removed = 0;
  fc.assert(
    fc.property(text, fc.string({ unit: 'binary', maxLength: 20 }), (content, note) => {
      const { lines } = parseConfig(content, path);
      for (const line of lines) {
        const named = line.kind === 'setting';
        const found = removableLine([fileOf(content)], {
          sourceFile: path,
          sourceLine: line.line,
          name: named ? textOfBytes(line.name) : null,
          value: named ? textOfBytes(line.value) : null,
          applied: false,
          error: 'syntax error',
        });
        if (found === null) continue;
        removed += 1;
        const [operation] = lineOperations([found.edit(note)]);
        if (operation?.kind !== 'hba') throw new Error('no edit of a file');
        const result = applyHbaEdits(content, operation.edits, { path, major: operation.major });
        if (!result.ok) throw new Error(result.conflict.reason);
        const after = parseConfig(result.text, path).lines;
        const at = line.line - 1;
        expect(after.slice(at, at + 2).map(({ kind }) => kind)).toEqual(['comment', 'comment']);
        expect(after[at + 1]?.text).toBe(`# ${line.text}`);
        expect([...after.slice(0, at), ...after.slice(at + 2)].map((one) => one.text)).toEqual(
          lines.filter((one) => one !== line).map((one) => one.text),
        );
      }
    }),
    { numRuns: 300 },
  );
  expect(removed).toBeGreaterThan(150);
});
