/**
 * All that is served without a session: a page that exchanges the token in its address for a cookie. It shows nothing of the host.
 * Its icon is empty, or a browser would ask for /favicon.ico and be refused. Without its script it says so after a while by itself:
 * the style needs nobody else.
 */
export const exchangePage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="color-scheme" content="light dark" />
    <title>Tapestry</title>
    <link rel="icon" href="data:," />
    <style>
      #late { visibility: hidden; animation: late 0s 8s forwards; }
      @keyframes late { to { visibility: visible; } }
    </style>
    <script src="/exchange.js" defer></script>
  </head>
  <body>
    <p id="message" role="status">Opening Tapestry…</p>
    <p id="late">This takes longer than it should. Load this page again; if that doesn’t help, open the address that “tapestry serve” printed last.</p>
  </body>
</html>
`;

/**
 * The page's script. The token leaves the address bar and the history before anything else happens. Another window may have got the
 * session meanwhile, which all windows of a browser share: then the page is loaded again, whatever its own token is worth.
 */
export const exchangeScript = `const say = (text) => {
  document.getElementById('message').textContent = text;
  document.getElementById('late').remove();
};
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);
const exchange = async () => {
  if (token !== null) {
    const answer = await fetch('/session', { method: 'POST', body: token, headers: { 'content-type': 'text/plain' } });
    if (answer.ok) return true;
  }
  return (await fetch('/session', { cache: 'no-store' })).ok;
};
exchange().then(
  (open) => {
    if (open) location.reload();
    else if (token === null) say('Open the address that “tapestry serve” printed: it holds the key to this page.');
    else say('This address is not valid any more. Open the one that “tapestry serve” printed last.');
  },
  () => say('Tapestry does not answer. Start “tapestry serve” again.'),
);
`;
