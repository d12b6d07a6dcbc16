import { exposuresOf } from '../../shared/access/exposure-model.ts';
import { readGround } from '../../shared/access/ground.ts';
import { noPictureReason, pictureOf } from '../../shared/access/picture.ts';
import type { Picture } from '../../shared/access/picture-schema.ts';
import { readUniverse } from '../../shared/access/universe.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';

/** The exposure of a target as it is shown, or why there is none. */
export type Exposed =
  | {
      readonly ok: true;
      readonly picture: Picture;
      /** Whom a question can be about. */
      readonly databases: readonly string[];
      readonly roles: readonly string[];
    }
  | { readonly ok: false; readonly reason: string };

const most = 2000;

/** Computes the picture of the facts. Pure; takes some milliseconds, for thousands of lines a second. */
export function exposureOfFacts({ facts }: FactsFile): Exposed {
  const ground = readGround(facts);
  const reason = noPictureReason(ground);
  if (reason !== null) return { ok: false, reason };
  const universe = readUniverse(facts, ground.rules ?? []);
  const real = ({ name }: { readonly name: string }): boolean => !name.startsWith('(any other');
  return {
    ok: true,
    picture: pictureOf(ground, exposuresOf(ground)),
    databases: universe.databases
      .filter(real)
      .map(({ name }) => name)
      .slice(0, most),
    roles: universe.roles
      .filter((role) => real(role) && (!role.ghost || !universe.rolesKnown))
      .map(({ name }) => name)
      .slice(0, most),
  };
}

/** The picture alone, for the report; null when there is nothing to draw. */
export function pictureOfFacts(facts: FactsFile | null): Picture | null {
  const exposed = facts === null ? null : exposureOfFacts(facts);
  return exposed?.ok === true ? exposed.picture : null;
}
