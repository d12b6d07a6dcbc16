import { AppError } from '../../shared/contract/errors.ts';
import { editorGround } from '../../shared/hba/editor/ground.ts';
import { needSession, type AppContext, type HandlersOf } from './context.ts';

/** What the editor of pg_hba.conf works on. It is planned and applied as fixes are: see plan.build. */
export function hbaHandlers(context: AppContext): HandlersOf<'hba.get'> {
  return {
    'hba.get': async () => {
      const { facts } = needSession(context);
      if (facts === null)
        throw new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
      return editorGround(facts.facts, (await context.store.settings()).editManaged);
    },
  };
}
