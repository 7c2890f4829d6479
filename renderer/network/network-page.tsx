/** The host's network: interfaces, bridges, cables. */
export function NetworkPage() {
  return (
    <>
      <header className="page-header lined">
        <h1>Network</h1>
      </header>
      <div className="page-body dim">The drawing of this computer’s bridges and cables will stand here.</div>
    </>
  );
}
