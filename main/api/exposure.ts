import { can } from '../../shared/access/reach.ts';
import { readGround } from '../../shared/access/ground.ts';
import { reachAnswer } from '../../shared/access/reach-schema.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import { parseAddress } from '../../shared/lib/cidr.ts';
import { exposureOfFacts } from '../engine/exposure.ts';
import { pictureSvg } from '../report/picture.tsx';
import { writeFileSafely } from '../store/json-file.ts';
import { needSession, type AppContext, type HandlersOf } from './context.ts';
import { fileNameOf } from './scan.ts';

/** Who can reach the server: the picture, and the answer for one client. The facts stay here. */
export function exposureHandlers(
  context: AppContext,
): HandlersOf<'exposure.get' | 'exposure.save' | 'reach.ask'> {
  const { ports } = context;
  const facts = (): FactsFile => {
    const present = needSession(context).facts;
    if (present === null)
      throw new AppError('refused', 'The target was not inspected yet.', 'Inspect it first.');
    return present;
  };
  return {
    'exposure.get': async () => {
      const exposed = exposureOfFacts(facts());
      return exposed.ok
        ? { ...exposed, databases: [...exposed.databases], roles: [...exposed.roles] }
        : exposed;
    },
    'exposure.save': async () => {
      const present = facts();
      const exposed = exposureOfFacts(present);
      if (!exposed.ok) throw new AppError('refused', 'There is no picture.', exposed.reason);
      const suggested = `exposure-${fileNameOf(present.target.label)}-${present.finishedAt.slice(0, 10)}.svg`;
      const path = await ports.askWhereToSave({ title: 'Save the picture', suggested });
      if (path !== null) await writeFileSafely(path, pictureSvg(exposed.picture));
      return { path };
    },
    'reach.ask': async ({ address, role, database, tls }) => {
      if (address !== 'local' && parseAddress(address) === null)
        throw new AppError(
          'invalid-input',
          `"${address}" is no address.`,
          'Write one as 10.1.2.3 or fd00::1.',
        );
      const question = { address, role, database, tls, port: null };
      return reachAnswer(
        can(readGround(facts().facts), { ...question, replication: database === 'replication' }),
      );
    },
  };
}
