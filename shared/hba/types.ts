import type { AddressFamily } from '../lib/cidr.ts';

/** The six record types of pg_hba.conf. `hostgssenc` and `hostnogssenc` exist since PostgreSQL 12. */
export type HbaType = 'local' | 'host' | 'hostssl' | 'hostnossl' | 'hostgssenc' | 'hostnogssenc';

/**
 * One entry of a database or user list.
 *
 * `text` is what the server holds after it removed the quotes, so `+admins` for a group and `/^a` for a regular
 * expression. `kind` is what that text means in its column: a quoted "all" is a `name`, because quoting takes a
 * keyword its meaning (hba.c, token_is_keyword). `quoted` says that the token began with a quote.
 */
export interface HbaToken {
  readonly kind: HbaTokenKind;
  readonly text: string;
  readonly quoted: boolean;
}

/** `file` is an `@path` that has not been read yet; resolveIncludes replaces it by what the file holds. */
export type HbaTokenKind =
  'all' | 'sameuser' | 'samerole' | 'replication' | 'group' | 'regex' | 'name' | 'file';

/** Who a host rule is for; `local` rules have none. */
export type HbaAddress =
  | { readonly kind: 'all' }
  | { readonly kind: 'samehost' }
  | { readonly kind: 'samenet' }
  | HbaNetwork
  | { readonly kind: 'host-name'; readonly name: string }
  /** `.example.com` stands for every host below example.com. */
  | { readonly kind: 'host-suffix'; readonly suffix: string };

/** A network, or one address (prefix 32 or 128). */
export interface HbaNetwork {
  readonly kind: 'network';
  readonly family: AddressFamily;
  /** Canonical text without prefix. Host bits may be set: the server ignores them. */
  readonly address: string;
  readonly netmask: string;
  /** null for a netmask with holes, which the server accepts. */
  readonly prefix: number | null;
  /** As it is written in the file; a separate netmask stands after a blank. */
  readonly text: string;
}

/** One `name=value` after the method. A name may stand more than once; the last one wins in the server. */
export interface HbaOption {
  readonly name: string;
  readonly value: string;
}

/** What a rule says, without where it stands: all that is needed to write one. */
export interface HbaRuleDraft {
  readonly type: HbaType;
  readonly databases: readonly HbaToken[];
  readonly users: readonly HbaToken[];
  /** null for `local`, and only for it. */
  readonly address: HbaAddress | null;
  readonly method: string;
  readonly options: readonly HbaOption[];
}

/** A rule of a file. `method` is what the server uses: `ident` in a local rule is `peer`. */
export interface HbaRule extends HbaRuleDraft {
  readonly file: string;
  /** 1-based number of the first physical line, as in pg_hba_file_rules.line_number. */
  readonly line: number;
}

/** A line that the server refuses. One such line makes it refuse the whole file, and keep the old rules on reload. */
export interface HbaProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** The include directives, since PostgreSQL 16. */
export type HbaIncludeDirective = 'include' | 'include_if_exists' | 'include_dir';

interface HbaLineBase {
  readonly line: number;
  /** More than 1 where backslashes continue the line (since PostgreSQL 14). */
  readonly lineCount: number;
  /** The exact text with its line endings: all lines joined are the file. */
  readonly text: string;
}

/** One logical line. `blank` has nothing at all; `comment` has only a comment. */
export type HbaLine =
  | (HbaLineBase & { readonly kind: 'blank' })
  | (HbaLineBase & { readonly kind: 'comment' })
  | (HbaLineBase & { readonly kind: 'rule'; readonly rule: HbaRule })
  | (HbaLineBase & {
      readonly kind: 'include';
      readonly directive: HbaIncludeDirective;
      readonly target: string;
    })
  /** Refers to other files with @, so only resolveIncludes can tell what it says. */
  | (HbaLineBase & { readonly kind: 'unresolved'; readonly rule: HbaRule | null })
  | (HbaLineBase & { readonly kind: 'error'; readonly message: string });

/** How a file is to be read. */
export interface HbaParseOptions {
  /** The path on the target; relative includes start from its folder. */
  readonly path: string;
  /** The server's major version, 13 to 19. */
  readonly major: number;
  /** Methods that the server's build lacks. Without it: those of other operating systems, sspi and bsd. */
  readonly unsupportedMethods?: readonly string[];
}

/** One file, losslessly: renderHba gives back the text that was parsed. */
export interface HbaFile {
  readonly options: HbaParseOptions;
  readonly lines: readonly HbaLine[];
}
