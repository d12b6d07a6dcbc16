/** A file of the project that is made from its sources. */
export interface GeneratedFile {
  /** From the project's top folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Folders that hold nothing but generated files. */
export const generatedFolders = ['docs/checks', 'test/golden/reports'] as const;
