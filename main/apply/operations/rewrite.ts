import { createHash } from 'node:crypto';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { Preparation, Prepared } from '../prepared-step.ts';
import { bytesOnOutput } from '../run-shell.ts';

/** SHA-256 of a text of one character a byte. */
export const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** Characters that are no bytes (a role's name from the catalog) as the bytes of UTF-8, one character a byte. */
export function asBytes(text: string): string {
  return text.replaceAll(/[\u0100-\u{10ffff}]+/gu, (part) => Buffer.from(part, 'utf8').toString('latin1'));
}

/**
 * A step that gives an existing file new bytes: written beside it with the same owner, mode, ACL and context, synced,
 * renamed, the folder synced. It must have the bytes that the plan was made for up to the last moment.
 */
export function prepareRewrite(
  path: string,
  newContent: string,
  preparation: Preparation,
): Omit<Prepared, 'server' | 'budgetSeconds'> {
  const before = sha256(preparation.content(path));
  const after = sha256(newContent);
  const { realPath } = preparation.file(path);
  const undo = preparation.undoFile(path);
  preparation.setContent(path, newContent);
  const { slot } = undo;
  // Where an earlier step wrote it, it is put back all the same.
  const spare = preparation.first(`write ${slot}`) ? ` || spare ${slot}` : '';
  const target = quoteShell(realPath);
  return {
    undo: [undo],
    save: [],
    texts: [],
    async run(tools) {
      await tools.change([
        `expect ${target} ${before}${spare}`,
        `own ${slot} ${after}`,
        `${bytesOnOutput(newContent)} | rewrite ${target} ${after}`,
        `[ "$(sha ${target})" = ${after} ]`,
      ]);
      tools.log('file', `${realPath}: ${newContent.length} bytes written, synced, read back: the same`);
      return 'written, read back';
    },
  };
}
