import fc from 'fast-check';

/** Words of which lines of pg_hba.conf are made; each column takes one of its own or a list of up to three. */
export interface RuleWords {
  readonly databases: readonly string[];
  readonly users: readonly string[];
  readonly addresses: readonly string[];
  /** Methods, with their options, for each record type. */
  readonly methods: (type: string) => readonly string[];
}

const list = (words: readonly string[]) =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((chosen) => chosen.join(','));

/** Lines that the server takes: every record type, lists, quoted words. */
export function hbaLine({ databases, users, addresses, methods }: RuleWords): fc.Arbitrary<string> {
  return fc
    .constantFrom(
      ...['local', 'local', 'host', 'host', 'host', 'hostssl', 'hostssl'],
      ...['hostnossl', 'hostgssenc', 'hostnogssenc'],
    )
    .chain((type) =>
      fc
        .tuple(list(databases), list(users), fc.constantFrom(...addresses), fc.constantFrom(...methods(type)))
        .map(([database, user, address, method]) =>
          [type, database, user, ...(type === 'local' ? [] : [address]), method].join(' '),
        ),
    );
}
