/** What to judge by: which checks with which parameters. */
export interface Profile {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /**
   * Parameters by check id for a server of this major version (null when the version is not known). A check without an
   * entry uses its own defaults, which are those of `baseline`.
   */
  parameters(major: number | null): Readonly<Record<string, unknown>>;
}
