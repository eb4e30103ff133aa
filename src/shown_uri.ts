/**
 * A URI as it is shown, in the name of a destination and in error messages: without user and password, query and
 * fragment, any of which may hold a secret. A path stays what it is. Of what looks like a URI and cannot be read as one
 * only the scheme is shown, because nobody can tell where in it a password ends.
 */
export function shownUri(uri: string): string {
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]+:/.exec(uri)?.[0];
  if (scheme === undefined) return uri;
  if (!URL.canParse(uri)) return `${scheme}...`;
  const { protocol, username, password, host, pathname } = new URL(uri);
  if (username !== "" || password !== "") return `${protocol}//${host}${pathname}`;
  return uri.split(/[?#]/, 1)[0] as string;
}
