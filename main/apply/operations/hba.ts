import { applyHbaEdits } from '../../../shared/hba/edit.ts';
import type { OperationOf } from '../../../shared/plan/operation.ts';
import { ApplyRefused } from '../apply-error.ts';
import type { OperationHandler } from '../prepared-step.ts';
import { asBytes, prepareRewrite } from './rewrite.ts';

/** Edits of one pg_hba file. They count after a reload, which also proves that the server took them. */
export const hbaHandler: OperationHandler<OperationOf<'hba'>> = {
  reads: ({ file }) => [{ path: file, content: true }],
  prepare(operation, preparation) {
    const text = preparation.content(operation.file);
    const result = applyHbaEdits(text, operation.edits, { path: operation.file, major: operation.major });
    if (!result.ok) {
      const { line, reason } = result.conflict;
      const where = line === null ? operation.file : `${operation.file}, line ${line}`;
      throw new ApplyRefused(`${where}: ${reason}.`, 'Inspect the host again.');
    }
    return {
      ...prepareRewrite(operation.file, asBytes(result.text), preparation),
      server: 'reload',
      budgetSeconds: 5,
    };
  },
};
