/**
 * All that is served without a session: a page that exchanges the token in its address for a cookie. It shows nothing of the host.
 * Its icon is empty, or a browser would ask for /favicon.ico and be refused.
 */
export const exchangePage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="color-scheme" content="light dark" />
    <title>Tapestry</title>
    <link rel="icon" href="data:," />
    <script src="/exchange.js" defer></script>
  </head>
  <body>
    <p id="message" role="status">Opening Tapestry…</p>
  </body>
</html>
`;

/** The page's script. The token leaves the address bar and the history before anything else happens. */
export const exchangeScript = `const say = (text) => { document.getElementById('message').textContent = text; };
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);
if (token === null) {
  say('Open the address that “tapestry serve” printed: it holds the key to this page.');
} else {
  fetch('/session', { method: 'POST', body: token, headers: { 'content-type': 'text/plain' } }).then(
    (answer) => {
      if (answer.ok) location.reload();
      else say('This address is not valid any more. Open the one that “tapestry serve” printed last.');
    },
    () => say('Tapestry does not answer. Start “tapestry serve” again.'),
  );
}
`;
