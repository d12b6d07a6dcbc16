/** The only sections of the web that the program sends a person's browser to. */
const sections = ['/docs/', '/support/'];

/** True for an address of PostgreSQL's documentation and security pages. */
export function isDocumentation(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return (
    url.origin === 'https://www.postgresql.org' &&
    url.username === '' &&
    url.password === '' &&
    sections.some((section) => url.pathname.startsWith(section))
  );
}
