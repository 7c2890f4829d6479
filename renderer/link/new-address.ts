/**
 * Follows the address that `tapestry serve` printed (`#token=…`) when it is opened over a page that is loaded already. Only the
 * fragment differs then, so the browser loads nothing and the token would stand in the address bar, unused. A page that was served
 * has its session: what is left of a token in its address goes.
 * @param reload loads the page anew, from the host: without a session that is the page which uses the token
 * @returns ends it
 */
export function followNewAddress(reload: () => void): () => void {
  const holdsToken = () => location.hash.startsWith('#token=');
  if (holdsToken()) history.replaceState(null, '', location.pathname);
  const listener = () => {
    if (holdsToken()) reload();
  };
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
