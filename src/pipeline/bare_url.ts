/** What stands before the path of a URL and ends with its user and password. */
const USER = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)?[^/\\]*@/i;

/**
 * The URL of a request as it stands in a record: without user and password, query and fragment, where secrets are
 * handed over. Takes what stands in the first line of a request, too: a path, or a host with its port.
 */
export function bareUrl(url: string): string {
  // The content of a data URL is its path.
  const end = url.search(/^data:/i.test(url) ? /,/ : /[?#]/);
  return (end < 0 ? url : url.slice(0, end)).replace(USER, "$1");
}
