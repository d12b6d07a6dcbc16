/** True for the file that ALTER SYSTEM writes, by the path that pg_file_settings gives. */
export const isAutoConfig = ({ sourceFile }: { readonly sourceFile: string | null }): boolean =>
  sourceFile?.endsWith('/postgresql.auto.conf') === true;
