/** One `name = value` of a file. `value` has its quotes and escapes removed. */
export interface ConfigEntry {
  /** As it is written; names are compared without regard to case. */
  readonly name: string;
  readonly value: string;
  readonly file: string;
  /** 1-based, as in pg_file_settings.sourceline. */
  readonly line: number;
}

/** What the server refuses. With one such line it takes over nothing of all files on reload, and does not start. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export type ConfigIncludeDirective = 'include' | 'include_if_exists' | 'include_dir';

interface ConfigLineBase {
  readonly line: number;
  /** The exact text with its line ending: all lines joined are the file. */
  readonly text: string;
}

/** One line. `valueStart` and `valueEnd` are where the value stands in `text`, its quotes included. */
export type ConfigLine =
  | (ConfigLineBase & { readonly kind: 'blank' | 'comment' })
  | (ConfigLineBase & {
      readonly kind: 'setting';
      readonly name: string;
      readonly value: string;
      readonly valueStart: number;
      readonly valueEnd: number;
    })
  | (ConfigLineBase & {
      readonly kind: 'include';
      readonly directive: ConfigIncludeDirective;
      readonly target: string;
    })
  | (ConfigLineBase & { readonly kind: 'error'; readonly message: string });

/** postgresql.conf, postgresql.auto.conf or a file that they include, losslessly. */
export interface ConfigFile {
  readonly path: string;
  readonly lines: readonly ConfigLine[];
}
