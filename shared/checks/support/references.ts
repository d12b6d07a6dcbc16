/** A page of the documentation of the current PostgreSQL release: `postgresPage('auth-trust.html', 'Trust …')`. */
export function postgresPage(page: string, title: string): { readonly title: string; readonly url: string } {
  return { title: `PostgreSQL: ${title}`, url: `https://www.postgresql.org/docs/current/${page}` };
}
